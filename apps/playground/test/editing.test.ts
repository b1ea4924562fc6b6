/** Kernels that visitors write: right ones, wrong ones, and ones that never end. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { choose, edit, finish, idle, noBrowser, open, pixels, start, text } from './browser.ts'
import { useSite } from './served.ts'

const served = useSite()

/** What is underlined in the editor. */
function marked(page: Page): Promise<string[]> {
  return page.locator('.cm-lintRange-error').allInnerTexts()
}

test(
  'an edited kernel runs on the workers, until it is restored',
  { skip: noBrowser },
  async () => {
    const opened = await open(served.browser, served.site.url)
    const { page } = opened
    await edit(
      page,
      '(y, { steps, width }) => { for (let x = 0; x < width; x++) steps[y * width + x] = 1 + (y % 2) * 150 }',
    )
    assert.match(
      await text(page, '#kernel-state'),
      /^edited: travels to the workers as source text$/,
    )
    await start(page, '#start')
    assert.equal(await text(page, '#kernel-error'), '')
    const { width, words } = await pixels(page)
    const first = words[0]!
    const second = words[width]!
    assert.notEqual(first, second)
    words.forEach((word, at) =>
      assert.equal(word, Math.floor(at / width) % 2 === 0 ? first : second),
    )
    assert.match(await text(page, '#runs-table tr:first-child'), /^Mandelbrot, edited/)
    // Another program has its own text; this one is kept meanwhile.
    await choose(page, 'heat')
    assert.match(await text(page, '.cm-content'), /flow/)
    await choose(page, 'mandelbrot')
    assert.match(await text(page, '.cm-content'), /150/)
    await page.locator('#restore').click()
    assert.equal(await text(page, '#kernel-state'), 'from a module that every worker has loaded')
    await start(page, '#start')
    assert.match(await text(page, '#fact-check'), /points equal/)
    await finish(opened)
  },
)

test(
  "a captured variable: the library's own error, beside the editor and marked in it",
  { skip: noBrowser },
  async () => {
    const opened = await open(served.browser, served.site.url)
    const { page } = opened
    const earlier = await text(page, '#fact-time')
    await edit(page, '(y, { steps }) => {\n  steps[y] = palette[y] + y\n}')
    await start(page, '#start')
    const error = await text(page, '#kernel-error')
    assert.match(error, /TypeError, ERR_CAPTURED/)
    assert.match(
      error,
      /kernel "mandelbrot" \(body\), which travels to workers as source text, uses "palette", which does not exist there/,
    )
    assert.match(error, /Pass its value in the arguments record/)
    assert.deepEqual(await marked(page), ['palette'])
    assert.equal(await text(page, '#fact-time'), earlier, 'nothing ran')
    await page.locator('#restore').click()
    await start(page, '#start')
    assert.equal(await text(page, '#kernel-error'), '')
    assert.deepEqual(await marked(page), [])
    await finish(opened)
  },
)

test(
  'what cannot be parsed, is no kernel, or throws, is said in the same place',
  { skip: noBrowser },
  async () => {
    const opened = await open(served.browser, served.site.url)
    const { page } = opened
    for (const [kernel, said] of [
      ['(y) => { let = }', /SyntaxError/],
      ['42', /the kernel must be a function; the value of this text is of type number/],
      [
        '(y, args) => { if (y === 7) throw new RangeError(`row ${y} is odd`) }',
        /RangeError[\s\S]*row 7 is odd/,
      ],
      ['(y, { missing }) => { missing[y] = 1 }', /missing/],
    ] as const) {
      await edit(page, kernel)
      await start(page, '#start')
      assert.match(await text(page, '#kernel-error'), said)
    }
    await edit(page, '(y) => { let = }')
    await start(page, '#start')
    assert.ok((await page.locator('.cm-lintRange-error, .cm-lintPoint-error').count()) > 0)
    await choose(page, 'counter', 'counter-reduce')
    await edit(page, '({ identity: 0, combine: (a, b) => a + b })')
    await start(page, '#start')
    assert.match(await text(page, '#kernel-error'), /give one of fold and foldRange/)
    await finish(opened)
  },
)

test(
  'a long run is cancelled by its button or by Escape, an endless index too',
  { skip: noBrowser },
  async () => {
    const opened = await open(served.browser, served.site.url)
    const { page } = opened
    await page.locator('#workers').focus()
    const long =
      '(y, { steps }) => { const end = performance.now() + 500; while (performance.now() < end) steps[y]++ }'
    const endless = '(y, { steps }) => { while (true) steps[y]++ }'
    for (const kernel of [long, endless]) {
      await edit(page, kernel)
      await page.locator('#start').click()
      await page.locator('#activity').waitFor({ state: 'visible' })
      assert.match(await text(page, '#activity-name'), /Running Mandelbrot/)
      assert.ok(await page.locator('#start').isDisabled())
      if (kernel === long) await page.locator('#cancel').click()
      else await page.keyboard.press('Escape')
      await idle(page)
      assert.ok(!(await page.locator('#activity').isVisible()))
      assert.equal(await text(page, '#kernel-error'), '')
    }
    await page.locator('#restore').click()
    await start(page, '#start')
    assert.match(await text(page, '#fact-check'), /points equal/)
    await finish(opened)
  },
)

test('the page draws frames while a long loop runs', { skip: noBrowser }, async () => {
  const opened = await open(served.browser, served.site.url)
  const { page } = opened
  await edit(
    page,
    '(y, { steps }) => { const end = performance.now() + 10; while (performance.now() < end) steps[y]++ }',
  )
  const frames = await page.evaluate(async () => {
    document.getElementById('start')!.click()
    let count = 0
    while (document.body.dataset['busy'] !== undefined) {
      await new Promise((resolve) => requestAnimationFrame(resolve))
      count++
    }
    return count
  })
  // A loop of a second: a tenth of its frames is far more than a page that stands still draws.
  assert.ok(frames >= 6, `${frames} frames`)
  await finish(opened)
})
