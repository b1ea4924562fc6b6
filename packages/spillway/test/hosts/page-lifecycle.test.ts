/** Pages that Chromium freezes, or hides, while they wait: every call ends as it would have, and no worker is taken for lost. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pass } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { launch, withoutChromium } from '../fixtures/page.ts'
import { serveSite } from './site.ts'
import type { Site } from './site.ts'
import { Tab } from './tab.ts'

const chromium = { skip: withoutChromium, timeout: 60_000 }

let site: Site
let browser: Browser
before(async () => {
  if (withoutChromium !== false) return
  site = await serveSite()
  browser = await launch()
})
after(async () => {
  await browser?.close()
  await site?.close()
})

/** Runs in the page once it is open; `jobs` and what is left in `told` are for the programs below. */
const OPEN = `(async () => {
  const { JobSystem } = await import('/isolated/dist/index.js')
  const { jobKernels, loops } = await import('/isolated/hosts/scenarios.kernels.js')
  const told = { events: [], lost: 0 }
  for (const name of ['freeze', 'resume', 'visibilitychange']) {
    document.addEventListener(name, () => told.events.push(name))
  }
  const begin = async (options = { workers: 2 }) => {
    const jobs = await JobSystem.start(options)
    jobs.on('worker-lost', () => told.lost++)
    return jobs
  }
  const slow = (jobs, count, options) => {
    const done = jobs.int32(1)
    return jobs.parallelFor(count, { ...loops.slow }, { done, ms: 1 }, options).then(() => done[0], ({ code }) => code)
  }
  globalThis.page = { jobKernels, begin, slow, told }
})()`

interface Told {
  readonly answer: unknown
  readonly events: readonly string[]
  readonly lost: number
}

/** Lets a hidden page begin something, disturbs it, and tells what became of what it had begun. */
async function across(program: string, suspend: (tab: Tab) => Promise<void>): Promise<Told> {
  const tab = await Tab.open(browser, `${site.origin}/isolated/hosts/empty.html`)
  try {
    await tab.evaluate(OPEN)
    await tab.hide()
    await tab.evaluate(`(async () => {
      const { begin, jobKernels, slow } = page
      page.answer = await (async () => { ${program} })()
    })()`)
    await suspend(tab)
    return (await tab.evaluate(
      '(async () => ({ answer: await page.answer(), ...page.told }))()',
    )) as Told
  } finally {
    await tab.close()
  }
}

const FREEZES = {
  'an awaited loop ends right': {
    program: 'const jobs = await begin(); const loop = slow(jobs, 800); return () => loop',
    milliseconds: 500,
    answer: 800,
  },
  'a loop that did not end in time times out': {
    program:
      'const jobs = await begin(); const loop = slow(jobs, 4000, { timeout: 200 }); return () => loop',
    milliseconds: 500,
    answer: 'ERR_TIMEOUT',
  },
  'a start that it interrupts succeeds': {
    program: 'const started = begin(); return async () => slow(await started, 100)',
    milliseconds: 1000,
    answer: 100,
  },
  'workers that were parked work': {
    program: 'const jobs = await begin(); await slow(jobs, 100); return () => slow(jobs, 100)',
    milliseconds: 500,
    answer: 100,
  },
  'jobs and their timers go on': {
    program:
      'const jobs = await begin(); const all = Promise.all([jobs.run(jobKernels.later, 300), jobs.run(jobKernels.tree, 8)]); return () => all',
    milliseconds: 600,
    answer: ['after 300', 511],
  },
}

for (const [what, { program, milliseconds, answer }] of Object.entries(FREEZES)) {
  test(`hosts.frozen: ${what}`, chromium, async () => {
    const told = await across(program, async (tab) => {
      await tab.setFrozen(true)
      await pass(milliseconds)
      await tab.setFrozen(false)
    })
    const events = ['visibilitychange', 'freeze', 'resume']
    assert.deepEqual(told, { answer, events, lost: 0 })
  })
}

test('hosts.hidden: loops and jobs end, with and without workers', chromium, async () => {
  const program = `
    const jobs = await begin()
    const alone = await begin({ workers: 0 })
    return async () => [await slow(jobs, 300), await jobs.run(jobKernels.later, 10), await slow(alone, 300)]`
  const told = await across(program, async () => {})
  assert.deepEqual(told, { answer: [300, 'after 10', 300], events: ['visibilitychange'], lost: 0 })
})
