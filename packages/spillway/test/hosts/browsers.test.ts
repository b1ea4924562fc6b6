/** The scenarios, and what only browsers do, in Chromium and Firefox: in pages with and without isolation, and in their workers. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Result } from './run.ts'
import { serveSite } from './site.ts'
import type { Site } from './site.ts'

let opened = 0

/** Longer than a scenario may take. */
const SILENCE_MS = 40_000

interface Browser {
  readonly name: string
  /** What the library calls it. */
  readonly runtime: string
  readonly programs: readonly string[]
  arguments(profile: string): readonly string[]
}

const BROWSERS: readonly Browser[] = [
  {
    name: 'Chromium',
    runtime: 'Chrome',
    programs: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'],
    arguments: (profile) => [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      `--user-data-dir=${profile}`,
    ],
  },
  {
    name: 'Firefox',
    runtime: 'Firefox',
    programs: ['/usr/bin/firefox-esr', '/usr/bin/firefox'],
    arguments: (profile) => {
      writeFileSync(
        join(profile, 'user.js'),
        [
          'browser.shell.checkDefaultBrowser',
          'datareporting.policy.dataSubmissionEnabled',
          'app.update.enabled',
          'browser.aboutwelcome.enabled',
        ]
          .map((name) => `user_pref('${name}', false);`)
          .join('\n'),
      )
      return ['--headless', '--no-remote', '--profile', profile]
    },
  },
]

/** What is opened: a folder of the site, which has headers, and a program of its page. */
const PAGES = [
  ['isolated', 'scenarios', 'a page'],
  ['isolated', 'worker', 'a worker of a page'],
  ['open', 'scenarios', 'a page without isolation'],
  ['isolated', 'lives', 'lives of workers'],
  ['isolated', 'closing', 'a worker that closes itself'],
  ['isolated', 'closing-in-worker', 'a worker that closes itself, below a blocked one'],
  ['isolated', 'mistakes', 'mistakes'],
  ['isolated', 'older-browser', 'a browser that lacks something'],
  ['no-workers', 'no-workers', 'a page that forbids workers'],
  ['isolated', 'import-map', 'an import map'],
  ['isolated', 'frames', 'frames'],
  ['open', 'frames', 'frames without isolation'],
] as const

for (const browser of BROWSERS) {
  const program = browser.programs.find((path) => existsSync(path))
  if (program === undefined) {
    const skip = `${browser.name} is not installed; npm run install:hosts`
    test(`hosts.${browser.name}`, { skip }, () => {})
    continue
  }
  await test(`hosts.${browser.name}`, async (t) => {
    const site = await serveSite()
    for (const [folder, page, title] of PAGES) {
      await t.test(`${browser.name}: ${title}`, async (part) => {
        const results = await openPage(browser, program, site, folder, page)
        assert.ok(results.length > 0, 'the page reported nothing')
        for (const { name, failure } of results) {
          await part.test(`${browser.name}, ${title}: ${name}`, () => assert.equal(failure, null))
        }
      })
    }
    await site.close()
  })
}

/** Opens a page in a browser of its own and waits for what it reports. */
async function openPage(
  browser: Browser,
  program: string,
  site: Site,
  folder: string,
  page: string,
): Promise<Result[]> {
  const id = `${opened++}`
  const profile = mkdtempSync(join(tmpdir(), 'spillway-browser-'))
  const url = `${site.origin}/${folder}/hosts/page.html#${page}&${id}&${browser.runtime}`
  const reports = site.reports(id, SILENCE_MS)
  const child = spawn(program, [...browser.arguments(profile), url], {
    stdio: 'ignore',
    detached: true,
    env: { ...process.env, HOME: profile },
  })
  const closed = new Promise((resolve) => child.once('close', resolve))
  try {
    return (await reports) as Result[]
  } finally {
    process.kill(-child.pid!, 'SIGKILL')
    await closed
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
}
