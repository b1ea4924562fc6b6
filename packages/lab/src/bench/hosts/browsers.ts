// Chromium and Firefox, as the system has them: each sample is a page in a browser of its own, with an empty profile.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
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
  readonly arguments: (profile: string) => readonly string[]
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

/** A page that has not answered by then never will; its browser is killed. */
const LONGEST_MS = 60_000

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
  { name, preferences = '', arguments: argumentsFor }: Browser,
  program: string,
  opened: PageSite,
  items: number,
): Promise<Sample> {
  const profile = await mkdtemp(join(tmpdir(), 'spillway-browser-'))
  await writeFile(join(profile, 'user.js'), preferences)
  const url = `${opened.origin}/page.html?items=${items}`
  // Leads a group of its own, in which the browser's other processes can be killed too.
  const child = spawn(program, [...argumentsFor(profile), url], {
    stdio: 'ignore',
    detached: true,
    env: { ...process.env, HOME: profile },
  })
  const kill = () => {
    const runs = child.exitCode === null && child.signalCode === null
    if (runs && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  }
  const closed = once(child, 'close')
  const timer = setTimeout(kill, LONGEST_MS)
  try {
    const gone = closed.then(([code, signal]) => {
      throw new Error(`it ended with ${code ?? signal} before its page had answered`)
    })
    return await Promise.race([opened.answer(), gone])
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`, { cause: error })
  } finally {
    clearTimeout(timer)
    kill()
    await closed
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
}
