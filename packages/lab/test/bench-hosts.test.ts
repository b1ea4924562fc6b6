import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Unavailable } from '../src/bench/benchmark.ts'
import type { Entry, Runner } from '../src/bench/benchmark.ts'
import { measure } from '../src/bench/harness/interleave.ts'
import { BROWSERS, browserEntry } from '../src/bench/hosts/browsers.ts'
import { PROCESS_HOSTS, THIS_NODE, processEntry } from '../src/bench/hosts/processes.ts'

const ITEMS = 100_000
const AWAITED = ['startMs', 'awaitUs', 'serialMs', 'reduceMs']
const BLOCKING = ['sync2Us', 'sync1000Us']

async function openOrSkip(entry: Entry, skip: (why: string) => void): Promise<Runner | undefined> {
  try {
    return await entry.open()
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    skip(error.message)
    return undefined
  }
}

async function answersOf(entry: Entry, keys: readonly string[], skip: (why: string) => void) {
  const runner = await openOrSkip(entry, skip)
  if (runner === undefined) return
  try {
    const sample = await runner.sample()
    assert.deepEqual(Object.keys(sample), keys)
    for (const [key, value] of Object.entries(sample)) assert.ok(value > 0, `${key}: ${value}`)
  } finally {
    await runner.close?.()
  }
}

describe('the numbers of hosts', () => {
  for (const host of PROCESS_HOSTS) {
    it(`${host.name} answers all of them`, async (test) => {
      const skip = (why: string) => test.skip(why)
      await answersOf(processEntry(host, 'awaited', String(ITEMS)), AWAITED, skip)
      await answersOf(processEntry(host, 'blocking'), BLOCKING, skip)
    })
  }

  for (const browser of BROWSERS) {
    it(`${browser.name} answers those of a thread that may not block`, async (test) => {
      await answersOf(browserEntry(browser, ITEMS), AWAITED, (why) => test.skip(why))
    })
  }

  it('are refused when something was wrong', async (test) => {
    // Half an item: the loop computes a whole one.
    const message = /sum of the serial loop: expected 305, got 610/
    await assert.rejects(async () => {
      await (await processEntry(THIS_NODE, 'awaited', '0.5').open()).sample()
    }, message)
    const runner = await openOrSkip(browserEntry(BROWSERS[0]!, 0.5), (why) => test.skip(why))
    if (runner === undefined) return
    try {
      await assert.rejects(async () => runner.sample(), message)
    } finally {
      await runner.close?.()
    }
  })

  it('fail with a browser that ends before its page has answered', async (test) => {
    const browser = { name: 'Brief', programs: [process.execPath], arguments: () => ['--version'] }
    const runner = await openOrSkip(browserEntry(browser, ITEMS), (why) => test.skip(why))
    if (runner === undefined) return
    try {
      await assert.rejects(async () => runner.sample(), /^Error: Brief: it ended with 0 before/)
    } finally {
      await runner.close?.()
    }
  })

  it('skip by name the hosts that are not installed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'spillway-no-host-'))
    const missing = join(folder, 'missing')
    const experiment = {
      name: 'missing',
      title: 'missing',
      metrics: [],
      entries: [
        processEntry({ name: 'No Node', program: missing, flags: [] }, 'blocking'),
        browserEntry({ name: 'No browser', programs: [missing], arguments: () => [] }, ITEMS),
      ],
      targets: [],
      rounds: 1,
      warmUps: 0,
    }
    const options = { peers: false, rounds: 1, random: () => 0 }
    assert.deepEqual(await measure(experiment, options), {
      measured: [],
      skipped: [
        { entry: 'No Node', reason: 'not installed; npm run install:hosts' },
        { entry: 'No browser', reason: 'not installed' },
      ],
    })
    rmSync(folder, { recursive: true })
  })
})
