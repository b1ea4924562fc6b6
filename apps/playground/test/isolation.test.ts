/** How the page comes by shared memory, and what it does without. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { choose, finish, noBrowser, open, pixels, start, text } from './browser.ts'
import { useSite } from './served.ts'
import { serveSite, untrusted } from './site.ts'

/** A server that sends no headers of isolation. */
const served = useSite({ isolated: false })

test(
  'a server without the headers: the service worker adds them, below any path',
  { skip: noBrowser },
  async () => {
    const opened = await open(served.browser, served.site.url)
    const { page } = opened
    assert.equal(await page.evaluate(() => crossOriginIsolated), true)
    assert.ok(!(await page.locator('#no-isolation').isVisible()))
    assert.equal(await text(page, '#fact-workers'), '2')
    assert.equal(page.url().startsWith(served.site.url), true)
    // A second visit finds it in place.
    await page.reload()
    await page.waitForFunction(() => document.getElementById('fact-time')?.textContent !== '–')
    assert.equal(await page.evaluate(() => crossOriginIsolated), true)
    await finish(opened)
  },
)

test(
  'a page that cannot be isolated says why, and runs everything alone',
  { skip: noBrowser },
  async () => {
    const serial = await open(served.browser, untrusted(served.site))
    const { page } = serial
    assert.equal(await page.evaluate(() => typeof SharedArrayBuffer), 'undefined')
    const notice = await text(page, '#no-isolation')
    assert.match(
      notice,
      /No shared memory here\. The page is not isolated: the page was not loaded over https/,
    )
    assert.equal(await text(page, '#fact-workers'), 'none')
    assert.match(await text(page, '#fact-check'), /all 2400 points equal/)
    assert.ok(await page.locator('#workers').isDisabled())
    const alone = (await pixels(page)).words
    // The same picture as with workers.
    const shared = await open(served.browser, served.site.url)
    assert.deepEqual(alone, (await pixels(shared.page)).words)
    await finish(shared)
    for (const family of ['quicksort', 'heat']) {
      await choose(page, family)
      await start(page, '#start')
      assert.equal(await page.locator('#fact-check').getAttribute('data-ok'), 'true')
    }
    await start(page, '#compare-start')
    assert.match(
      await text(page, '#comparison li:last-child'),
      /in this page, without workers; same result to the last bit/,
    )
    await finish(serial)
  },
)

test(
  'a browser that refuses service workers is no endless reload',
  { skip: noBrowser },
  async () => {
    const { page, troubles } = await open(served.browser, served.site.url, {
      serviceWorkers: 'block',
    })
    assert.match(
      await text(page, '#no-isolation'),
      /the service worker that would add the headers did not start/,
    )
    assert.equal(await text(page, '#fact-workers'), 'none')
    // The tool that blocks them says so itself.
    assert.deepEqual(
      troubles.filter((line) => !/Service Worker registration blocked by Playwright/.test(line)),
      [],
    )
    await page.context().close()
  },
)

test('headers that have no effect are no endless reload either', { skip: noBrowser }, async () => {
  const useless = await serveSite({ isolated: false, isolates: false })
  try {
    const opened = await open(served.browser, useless.url)
    const { page } = opened
    assert.match(
      await text(page, '#no-isolation'),
      /did not take the headers from a service worker/,
    )
    assert.equal(await text(page, '#fact-workers'), 'none')
    await finish(opened)
  } finally {
    useless.close()
  }
})

test('the development server isolates the page by itself', { skip: noBrowser }, async () => {
  const { createServer } = await import('vite')
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const server = await createServer({
    root,
    server: { port: 0, host: '127.0.0.1' },
    logLevel: 'error',
    cacheDir: '.test-build/vite',
  })
  try {
    await server.listen()
    const { port } = server.httpServer!.address() as { port: number }
    const opened = await open(served.browser, `http://localhost:${port}/`)
    const { page } = opened
    assert.equal(await page.evaluate(() => crossOriginIsolated), true)
    const registrations = await page.evaluate(
      async () => (await navigator.serviceWorker.getRegistrations()).length,
    )
    assert.equal(registrations, 0)
    await choose(page, 'quicksort')
    await start(page, '#start')
    assert.match(await text(page, '#fact-check'), /all 100,000 numbers are in order/)
    await finish(opened)
  } finally {
    await server.close()
  }
})
