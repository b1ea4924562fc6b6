/** Chromium, and what the tests do with the page. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = PROGRAMS.find((program) => existsSync(program))

/** For `skip`: why not, or false. */
export const noBrowser = executablePath === undefined && 'no Chromium at /usr/bin'

export async function launch(): Promise<Browser> {
  const { chromium } = await import('playwright-core')
  return chromium.launch({
    executablePath: executablePath!,
    args: ['--host-resolver-rules=MAP playground.test 127.0.0.1'],
  })
}

/** A page, and everything that went wrong in it. */
export interface Opened {
  readonly page: Page
  readonly troubles: string[]
}

/** Opens the page in a context of its own, and waits for its first run. */
export async function open(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  // The first run is as small as it gets, whatever the test is about; and every machine is one of two cores, so that
  // numbers of workers and messages are known.
  await context.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, 'hardwareConcurrency', { get: () => 2 })
    if (localStorage.getItem('spillway-playground.size') === null) {
      localStorage.setItem('spillway-playground.size', 'small')
    }
  })
  const page = await context.newPage()
  const troubles: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) troubles.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => troubles.push(`error: ${error.message}`))
  await page.goto(url)
  await firstRun(page)
  return { page, troubles }
}

export async function firstRun(page: Page): Promise<void> {
  await page.waitForFunction(() => document.getElementById('fact-time')?.textContent !== '–')
  await idle(page)
}

/** Nothing runs any more. */
export async function idle(page: Page): Promise<void> {
  await page.waitForFunction(() => document.body.dataset['busy'] === undefined, null, {
    timeout: 100_000,
  })
}

export async function choose(page: Page, family: string, variant?: string): Promise<void> {
  await page.locator(`input[name="program"][value="${family}"] + span`).click()
  if (variant !== undefined)
    await page.locator(`input[name="variant"][value="${variant}"] + span`).click()
}

/** Presses a button that starts something, and waits for its end. */
export async function start(page: Page, button: string): Promise<void> {
  await page.locator(button).click()
  await idle(page)
}

export async function text(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).innerText()).trim()
}

/** Replaces the kernel's text, as typing would. */
export async function edit(page: Page, kernel: string): Promise<void> {
  await page.locator('.cm-content').click()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.insertText(kernel)
}

export interface Pixels {
  readonly width: number
  readonly height: number
  /** A word per pixel, ABGR. */
  readonly words: Uint32Array
}

/** What a canvas shows. */
export async function pixels(page: Page, selector = '#picture'): Promise<Pixels> {
  const {
    width,
    height,
    text: encoded,
  } = await page.evaluate((chosen) => {
    const canvas = document.querySelector<HTMLCanvasElement>(chosen)!
    const { width: w, height: h } = canvas
    // Read from a copy: the page's own canvas need not be made for reading.
    const copy = new OffscreenCanvas(w, h).getContext('2d', { willReadFrequently: true })!
    copy.drawImage(canvas, 0, 0)
    const { data } = copy.getImageData(0, 0, w, h)
    let binary = ''
    for (let at = 0; at < data.length; at += 8192) {
      binary += String.fromCharCode(...data.subarray(at, at + 8192))
    }
    return { width: w, height: h, text: btoa(binary) }
  }, selector)
  const bytes = Uint8Array.from(Buffer.from(encoded, 'base64'))
  return { width, height, words: new Uint32Array(bytes.buffer) }
}

/** Asserts that nothing went wrong, and ends the page's context. */
export async function finish({ page, troubles }: Opened): Promise<void> {
  assert.deepEqual(troubles, [])
  await page.context().close()
}
