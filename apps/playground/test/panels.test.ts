/** Timeline, comparison, scaling, diagnosis, and the list of runs. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { choose, edit, finish, firstRun, noBrowser, open, pixels, start, text } from './browser.ts'
import { useSite } from './served.ts'

const served = useSite()

async function cells(page: Page, body: string): Promise<string[][]> {
  return page
    .locator(`${body} tr`)
    .evaluateAll((rows) =>
      rows.map((row) => [...row.children].map((cell) => cell.textContent?.trim() ?? '')),
    )
}

/** The window of the timeline, in milliseconds of the run. */
async function shown(page: Page): Promise<{ from: number; to: number; length: number }> {
  // It is painted in the next frame.
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  )
  const { from, to } = await page.locator('#timeline-canvas').evaluate((canvas) => ({
    from: Number(canvas.dataset['from']),
    to: Number(canvas.dataset['to']),
  }))
  return { from, to, length: to - from }
}

test(
  'the timeline has a row per thread, and the workers did all of the work',
  { skip: noBrowser },
  async () => {
    const opened = await open(served.browser, served.site.url)
    const { page } = opened
    await choose(page, 'counter', 'counter-local')
    await start(page, '#start')
    const rows = await cells(page, '#timeline-table')
    assert.deepEqual(
      rows.map(([name]) => name),
      ['page', 'worker 0', 'worker 1'],
    )
    const chunks = rows.slice(1).reduce((sum, row) => sum + Number(row[1]), 0)
    assert.ok(chunks >= 2 && chunks <= 32, `${chunks} chunks of 32`)
    const { words } = await pixels(page, '#timeline-canvas')
    const chunkColour = 0xffb27200
    assert.ok(words.filter((word) => word === chunkColour).length > 500, 'chunks are drawn')
    await finish(opened)
  },
)

test(
  'the timeline is zoomed and panned by buttons, keys, wheel and drag',
  { skip: noBrowser },
  async () => {
    const opened = await open(served.browser, served.site.url)
    const { page } = opened
    const canvas = page.locator('#timeline-canvas')
    const whole = await shown(page)
    await page.locator('#timeline-in').click()
    const zoomed = await shown(page)
    assert.ok(Math.abs(zoomed.length * 1.5 - whole.length) < 1e-6 * whole.length)
    await page.locator('#timeline-out').click()
    assert.ok(Math.abs((await shown(page)).length - whole.length) < 1e-6 * whole.length)

    await canvas.focus()
    for (const key of ['+', 'ArrowUp', '=']) await page.keyboard.press(key)
    const near = await shown(page)
    assert.ok(Math.abs(near.length * 1.5 ** 3 - whole.length) < 1e-6 * whole.length)
    await page.keyboard.press('ArrowRight')
    const right = await shown(page)
    assert.ok(right.from > near.from && Math.abs(right.length - near.length) < 1e-9)
    for (let press = 0; press < 30; press++) await page.keyboard.press('ArrowRight')
    assert.ok(
      Math.abs((await shown(page)).to - whole.to) < 1e-6 * whole.length,
      'it stops at the end',
    )
    await page.keyboard.press('0')
    assert.deepEqual(await shown(page), whole)

    const box = (await canvas.boundingBox())!
    await page.mouse.move(box.x + box.width * 0.75, box.y + 40)
    await page.keyboard.down('Control')
    await page.mouse.wheel(0, -300)
    await page.keyboard.up('Control')
    const wheeled = await shown(page)
    assert.ok(wheeled.length < whole.length / 2)
    const under = (window: typeof whole): number => window.from + 0.75 * window.length
    assert.ok(
      Math.abs(under(wheeled) - under(whole)) < 0.01 * whole.length,
      'what was under the pointer stays there',
    )
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.85, box.y + 40, { steps: 4 })
    await page.mouse.up()
    assert.ok(
      (await shown(page)).from < wheeled.from,
      'dragging to the right shows what was before',
    )
    await page.locator('#timeline-all').click()
    assert.deepEqual(await shown(page), whole)
    await finish(opened)
  },
)

test('a bar of the timeline says what it is', { skip: noBrowser }, async () => {
  const opened = await open(served.browser, served.site.url)
  const { page } = opened
  await choose(page, 'counter', 'counter-shared')
  await start(page, '#start')
  const box = (await page.locator('#timeline-canvas').boundingBox())!
  const said = new Set<string>()
  for (let part = 1; part < 20; part++) {
    await page.mouse.move(box.x + (box.width * part) / 20, box.y + 26 + 45)
    said.add(await page.locator('#timeline-hover').innerText())
  }
  assert.ok(
    [...said].some((line) => /^worker 0: (chunk of counter-shared, indexes|\d+ chunks)/.test(line)),
    [...said].join('; '),
  )
  await finish(opened)
})

test('a trace is saved as a file that other viewers open', { skip: noBrowser }, async () => {
  const opened = await open(served.browser, served.site.url)
  const { page } = opened
  const download = page.waitForEvent('download')
  await page.locator('#timeline-save').click()
  const path = await (await download).path()
  const { traceEvents } = JSON.parse(await readFile(path, 'utf8')) as {
    traceEvents: { name: string; ph: string }[]
  }
  assert.ok(traceEvents.filter(({ name, ph }) => name === 'mandelbrot' && ph === 'X').length > 2)
  await finish(opened)
})

test(
  'side by side: three engines, one result; and the runs are kept over a reload',
  { skip: noBrowser },
  async () => {
    const opened = await open(served.browser, served.site.url)
    const { page } = opened
    for (const [family, traffic] of [
      ['mandelbrot', /16 messages, 0\.120 MB copied/],
      ['nbody', /240 messages/],
      ['heat', /800 messages/],
      ['counter', /64 messages, nothing copied/],
      ['quicksort', /6 messages, 3\.20 MB copied/],
    ] as const) {
      await choose(page, family)
      await start(page, '#compare-start')
      const sides = await page.locator('#comparison li').allInnerTexts()
      assert.equal(sides.length, 3)
      assert.match(sides[0]!, /^One thread\s+[\d.]+ (ms|µs)\s/)
      assert.match(sides[1]!, /^postMessage pool[\s\S]*same result to the last bit/)
      assert.match(sides[1]!, traffic)
      assert.match(sides[2]!, /^Spillway[\s\S]*nothing copied; same result to the last bit/)
    }
    const kept = await cells(page, '#runs-table')
    assert.deepEqual(
      kept.slice(0, 3).map((row) => row[2]),
      ['Spillway', 'postMessage pool', 'one thread'],
    )
    await page.reload()
    await firstRun(page)
    assert.deepEqual((await cells(page, '#runs-table')).slice(1), kept)
    await page.locator('#runs-clear').click()
    assert.deepEqual(await cells(page, '#runs-table'), [])
    await finish(opened)
  },
)

test('a result that differs is said to', { skip: noBrowser }, async () => {
  const opened = await open(served.browser, served.site.url)
  const { page } = opened
  await choose(page, 'counter', 'counter-local')
  // Threads that share nothing cannot see each other's word: the sum depends on who adds to it.
  await edit(
    page,
    '(start, end, { words }) => { if (Atomics.add(words, 0, 1) === 0) Atomics.add(words, 0, end - start) }',
  )
  await start(page, '#compare-start')
  assert.match(await text(page, '#comparison li:nth-child(2)'), /result differs/)
  // It stays, and says of what it is, when another program is chosen.
  await choose(page, 'heat')
  assert.equal(
    await text(page, '#comparison-of'),
    'Counter: chunk-local sum, edited, 200,000, 2 workers',
  )
  await finish(opened)
})

test('scaling: every count, a fitted curve, and words about it', { skip: noBrowser }, async () => {
  const opened = await open(served.browser, served.site.url)
  const { page } = opened
  const most = Number(await page.locator('#workers').getAttribute('max'))
  await choose(page, 'counter', 'counter-shared')
  await start(page, '#scaling-start')
  const counts = await page.evaluate(
    () => document.querySelectorAll('#scaling-chart circle').length,
  )
  assert.equal(counts % 6, 0, 'six variants')
  assert.ok(counts / 6 >= Math.min(2, most))
  await page.locator('#scaling summary').click()
  const rows = await cells(page, '#scaling-table')
  assert.equal(rows.length, counts)
  for (const [, workers, median, , speedup] of rows) {
    assert.match(median!, /^[\d.]+ (ms|µs)$/)
    assert.match(speedup!, /^\d+\.\d\dx$/)
    if (workers === '1') assert.equal(speedup, '1.00x')
  }
  if (most > 1) {
    assert.match(rows[0]![5]!, /^σ \d\.\d{3}, κ \d\.\d{4}$/)
    assert.match(
      await text(page, '[data-note="scaling"]'),
      /Universal Scalability Law fits contention σ = /,
    )
    assert.match(await text(page, '[data-note="sharing"]'), /Measured: .* per item on one worker/)
  }
  await finish(opened)
})

test('the diagnosis names the line that is shared, and the cure', { skip: noBrowser }, async () => {
  const opened = await open(served.browser, served.site.url)
  const { page } = opened
  const said = async (variant: string): Promise<string> => {
    await choose(page, 'counter', `counter-${variant}`)
    await start(page, '#start')
    return text(page, '[data-note="sharing"]')
  }
  const shared = await said('shared')
  assert.match(
    shared,
    /This line is shared: line 11, Atomics\.add\(words, 0, last\), writes the same word from every worker/,
  )
  assert.match(shared, /Use parallelReduce/)
  assert.match(await said('adjacent'), /false sharing[\s\S]*jobs\.paddedCells/)
  assert.match(await said('reduce'), /Nothing is shared/)
  await choose(page, 'mandelbrot')
  await start(page, '#start')
  assert.equal(await page.locator('[data-note="sharing"]').count(), 0)
  assert.match(await text(page, '[data-note="balance"]'), /at work/)
  await finish(opened)
})
