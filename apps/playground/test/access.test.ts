/** For everybody: themes, narrow screens, keyboards, screen readers, reduced motion. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { choose, edit, finish, idle, noBrowser, open, start, text } from './browser.ts'
import { useSite } from './served.ts'

const served = useSite()

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

/** What axe finds wrong, as text. */
async function violations(page: Page): Promise<string[]> {
  const file = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
  await page.evaluate(await readFile(file, 'utf8'))
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: Violation[] }> }
    }
    return (await axe.run()).violations
  })
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  )
}

/** Everything that the page can show. */
async function fill(page: Page): Promise<void> {
  await start(page, '#scaling-start')
  await choose(page, 'counter', 'counter-adjacent')
  await start(page, '#start')
  await start(page, '#compare-start')
  await page.locator('#scaling summary').click()
}

for (const [colorScheme, width] of [
  ['light', 1280],
  ['dark', 1280],
  ['light', 360],
  ['dark', 360],
] as const) {
  test(
    `${colorScheme}, ${width} px: nothing sticks out, axe finds nothing`,
    { skip: noBrowser },
    async () => {
      const opened = await open(served.browser, served.site.url, {
        colorScheme,
        viewport: { width, height: 800 },
      })
      const { page } = opened
      const check = async (): Promise<void> => {
        assert.deepEqual(await violations(page), [])
        const wide = await page.evaluate(() => document.documentElement.scrollWidth)
        assert.ok(wide <= width, `${wide} px wide on a ${width} px screen`)
        const cut = await page.evaluate(
          () =>
            [...document.querySelectorAll('table')].filter(
              ({ offsetWidth, parentElement: around }) => {
                const scrolls = getComputedStyle(around!).overflowX === 'auto'
                return offsetWidth > around!.clientWidth && !scrolls
              },
            ).length,
        )
        assert.equal(cut, 0, 'tables that are cut off')
      }
      await check()
      await fill(page)
      await check()
      const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
      assert.equal(paper, colorScheme === 'dark' ? 'rgb(16, 19, 23)' : 'rgb(246, 247, 248)')
      // An error, and a run under way, are there for a moment only.
      await edit(page, '(start, end, { words }) => { for (;;) words[0]++; missing() }')
      await start(page, '#start')
      await check()
      await page.keyboard.press('ControlOrMeta+z')
      await finish(opened)
    },
  )
}

test('a chosen theme wins over the system, and is kept', { skip: noBrowser }, async () => {
  const opened = await open(served.browser, served.site.url, { colorScheme: 'light' })
  const { page } = opened
  const paper = (): Promise<string> =>
    page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const timeline = (): Promise<string> =>
    page.locator('#timeline-canvas').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL())
  const light = await timeline()
  await page.locator('input[name="theme"][value="dark"] + span').click()
  assert.equal(await paper(), 'rgb(16, 19, 23)')
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  )
  assert.notEqual(await timeline(), light, 'what is drawn follows')
  await page.reload()
  assert.equal(await paper(), 'rgb(16, 19, 23)')
  await page.locator('input[name="theme"][value="auto"] + span').click()
  assert.equal(await paper(), 'rgb(246, 247, 248)')
  await page.emulateMedia({ colorScheme: 'dark' })
  assert.equal(await paper(), 'rgb(16, 19, 23)')
  await idle(page)
  await finish(opened)
})

/** What has the focus, and whether one can see that. */
function focused(page: Page): Promise<{ id: string; isVisible: boolean }> {
  return page.evaluate(() => {
    const element = document.activeElement as HTMLInputElement
    const isHiddenInput = element.type === 'radio'
    const ringed = [
      element,
      isHiddenInput ? element.nextElementSibling! : element,
      element.closest('#editor') ?? element,
    ]
    const isVisible = ringed.some((one) => getComputedStyle(one).outlineStyle !== 'none')
    const id =
      element.closest('#editor') !== null
        ? 'editor'
        : element.id || element.name || element.className || element.tagName
    return { id, isVisible }
  })
}

test(
  'the keyboard alone is enough: order, visible focus, a run, a cancelled run',
  { skip: noBrowser },
  async () => {
    const opened = await open(served.browser, served.site.url)
    const { page } = opened
    await page.evaluate(() => (document.activeElement as HTMLElement).blur())
    const order: string[] = []
    for (let press = 0; press < 15; press++) {
      await page.keyboard.press('Tab')
      const { id, isVisible } = await focused(page)
      assert.ok(isVisible, `${id} shows its focus`)
      order.push(id)
    }
    const wanted = [
      'skip',
      'theme',
      'program',
      'editor',
      'size',
      'workers',
      'start',
      'timeline-out',
      'timeline-in',
      'timeline-all',
      'timeline-save',
      'timeline-canvas',
    ]
    assert.deepEqual(
      order.filter((id) => wanted.includes(id)),
      wanted,
    )

    await page.locator('input[value="mandelbrot"]').focus()
    await page.keyboard.press('ArrowRight')
    assert.match(await text(page, '#program-summary'), /120 short loops/)
    await page.locator('#workers').focus()
    await page.keyboard.press('ArrowLeft')
    assert.equal(await page.locator('#workers-shown').innerText(), '1')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await idle(page)
    assert.equal(await text(page, '#fact-workers'), '1')
    assert.equal((await focused(page)).id, 'start', 'the focus is back where it was')
    await finish(opened)
  },
)

test(
  'with reduced motion only the beginning and the end are drawn',
  { skip: noBrowser },
  async () => {
    const drawn = async (reducedMotion: 'reduce' | 'no-preference'): Promise<number> => {
      const opened = await open(served.browser, served.site.url, { reducedMotion })
      const { page } = opened
      await choose(page, 'particles')
      await page.evaluate(() => {
        const counted = globalThis as unknown as { drawn: number }
        counted.drawn = 0
        const { putImageData } = CanvasRenderingContext2D.prototype
        CanvasRenderingContext2D.prototype.putImageData = function (...args: unknown[]) {
          counted.drawn++
          ;(putImageData as (...all: unknown[]) => void).apply(this, args)
        }
      })
      await start(page, '#start')
      const count = await page.evaluate(() => (globalThis as unknown as { drawn: number }).drawn)
      await finish(opened)
      return count
    }
    assert.equal(await drawn('reduce'), 2)
    assert.ok((await drawn('no-preference')) > 2)
  },
)
