// Chromium and Firefox, as the system has them: each sample is a page in a browser of its own, with an empty profile.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Unavailable } from '../benchmark.ts'
import type { Entry, Sample } from '../benchmark.ts'
import { shared } from '../harness/shared.ts'
import { PageSite } from './page-site.ts'

export interface Browser {
  readonly name: string
  /** The first that exists is run. */
  readonly programs: readonly string[]
  arguments(profile: string): readonly string[]
  /** Written into the profile as user.js. */
  readonly preferences?: string
}

export const BROWSERS: readonly Browser[] = [
  {
    name: 'Chromium',
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
    programs: ['/usr/bin/firefox-esr', '/usr/bin/firefox'],
    arguments: (profile) => ['--headless', '--no-remote', '--profile', profile],
    preferences: [
      'browser.shell.checkDefaultBrowser',
      'datareporting.policy.dataSubmissionEnabled',
      'app.update.enabled',
      'browser.aboutwelcome.enabled',
    ]
      .map((name) => `user_pref('${name}', false);\n`)
      .join(''),
  },
]

/** One bundle and one server for all browsers. */
const site = shared(
  () => PageSite.open(),
  (opened) => opened.close(),
)

export function browserEntry(browser: Browser, items: number): Entry {
  const open = async () => {
    const program = browser.programs.find((path) => existsSync(path))
    if (program === undefined) throw new Unavailable('not installed')
    const opened = await site.acquire()
    return { sample: () => samplePage(browser, program, opened, items), close: site.release }
  }
  return { name: browser.name, role: 'spillway', open }
}

async function samplePage(
  browser: Browser,
  program: string,
  { origin, answer }: PageSite,
  items: number,
): Promise<Sample> {
  const profile = await mkdtemp(join(tmpdir(), 'spillway-browser-'))
  await writeFile(join(profile, 'user.js'), browser.preferences ?? '')
  const url = `${origin}/page.html?items=${items}`
  // Leads a group of its own, in which the browser's other processes can be killed too.
  const child = spawn(program, [...browser.arguments(profile), url], {
    stdio: 'ignore',
    detached: true,
    env: { ...process.env, HOME: profile },
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  try {
    return await answer(browser.name)
  } finally {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    await ended
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
}
