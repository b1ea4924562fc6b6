/** Every program, run in the page on two workers, shows what a serial computation in this process arrives at. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runAlone } from '../src/engines/alone.ts'
import { particlesPicture, nbodyPicture } from '../src/pictures/clouds.ts'
import { heatPicture } from '../src/pictures/heat.ts'
import type { Picture } from '../src/pictures/picture.ts'
import { bodyOf } from '../src/programs/body-of.ts'
import { heat } from '../src/programs/heat.ts'
import { nbody } from '../src/programs/nbody.ts'
import { particles } from '../src/programs/particles.ts'
import { ownMemory } from '../src/programs/program.ts'
import type { Program, Work } from '../src/programs/program.ts'
import { choose, edit, finish, noBrowser, open, pixels, start, text } from './browser.ts'
import type { Pixels } from './browser.ts'
import { useSite } from './served.ts'

const served = useSite()

const WIDTH = 300
const HEIGHT = 200

/** Steps until z leaves the circle: written down again, not the page's own. */
function escape(x: number, y: number): number {
  const [cr, ci] = [(x / WIDTH) * 3 - 2.2, (y / HEIGHT) * 2 - 1]
  let [zr, zi, count] = [0, 0, 0]
  for (; count < HEIGHT && zr * zr + zi * zi < 4; count++)
    [zr, zi] = [zr * zr - zi * zi + cr, 2 * zr * zi + ci]
  return count
}

/** Asserts that every point's colour depends on its number of steps, and on nothing else. */
function showsMandelbrot({ width, height, words }: Pixels): void {
  assert.deepEqual([width, height], [WIDTH, HEIGHT])
  const colourOf = new Map<number, number>()
  for (let at = 0; at < words.length; at++) {
    const count = escape(at % WIDTH, Math.floor(at / WIDTH))
    const known = colourOf.get(count) ?? words[at]!
    colourOf.set(count, known)
    assert.equal(
      words[at],
      known,
      `the point ${at % WIDTH}, ${Math.floor(at / WIDTH)} with ${count} steps`,
    )
  }
  assert.ok(new Set(colourOf.values()).size > 20, 'many colours')
  assert.notEqual(colourOf.get(HEIGHT), colourOf.get(5), 'the set differs from what is far from it')
}

test(
  'Mandelbrot: every point has the colour of its number of steps',
  { skip: noBrowser },
  async () => {
    const opened = await open(served.browser, served.site.url)
    await start(opened.page, '#start')
    showsMandelbrot(await pixels(opened.page))
    assert.match(await text(opened.page, '#fact-check'), /all 2400 points equal/)
    assert.equal(await text(opened.page, '#fact-workers'), '2')
    await finish(opened)
  },
)

/** A program's picture after a run in this process, in one thread. */
function expected(
  program: Program,
  picture: Picture,
): { readonly work: Work; readonly words: Uint32Array } {
  assert.equal(picture.kind, 'pixels')
  const work = program.create(ownMemory, program.sizes[0]!.value, 1)
  const body = bodyOf(program, null)
  for (let step = 0; step < work.steps; step++)
    runAlone(work, program.form, body, step, 0, work.length)
  const { width, height } = picture.size(work)
  const words = new Uint32Array(width * height)
  picture.paint(
    { work, stepsDone: work.steps, workers: 1, colours: {} as never },
    words,
    width,
    height,
  )
  return { work, words }
}

for (const [program, picture] of [
  [particles, particlesPicture],
  [nbody, nbodyPicture],
  [heat, heatPicture],
] as const) {
  test(`${program.title}: the picture is that of a serial run`, { skip: noBrowser }, async () => {
    const opened = await open(served.browser, served.site.url)
    await choose(opened.page, program.family)
    await start(opened.page, '#start')
    const { words } = await pixels(opened.page)
    const wanted = expected(program, picture).words
    assert.equal(words.length, wanted.length)
    const wrong = words.reduce((count, word, at) => count + (word === wanted[at] ? 0 : 1), 0)
    // Sines of two versions of an engine may differ in the last bit, which moves a point over a pixel's edge.
    assert.ok(wrong <= words.length / 1000, `${wrong} of ${words.length} pixels differ`)
    assert.ok(words.filter((word) => word !== words[0]).length > 500, 'it is no empty picture')
    await finish(opened)
  })
}

test('Heat: the serial run that pictures are compared with keeps its heat, and spreads it', () => {
  const total = (plate: Iterable<number>): number => [...plate].reduce((sum, cell) => sum + cell, 0)
  const begin = heat.create(ownMemory, heat.sizes[0]!.value, 1).arrays['plate0']!
  const end = expected(heat, heatPicture).work.result() as Float64Array
  assert.ok(total(begin) > 100)
  assert.ok(Math.abs(total(end) / total(begin) - 1) < 1e-9)
  assert.ok(
    end.filter((cell) => cell > 1e-6).length > begin.filter((cell) => cell > 1e-6).length * 1.2,
  )
})

/** How high the bars are, from the left. */
function heights({ width, height, words }: Pixels): number[] {
  const background = words[0]
  const columns: number[] = []
  for (let x = 0; x < width; x += 2) {
    let y = 0
    while (y < height && words[y * width + x] === background) y++
    columns.push(height - y)
  }
  return columns
}

const falls = (list: readonly number[]): number =>
  list.filter((value, at) => at > 0 && list[at - 1]! > value).length

test(
  'Quicksort: bars rise from left to right, which they did not before',
  { skip: noBrowser },
  async () => {
    const opened = await open(served.browser, served.site.url)
    const { page } = opened
    await choose(page, 'quicksort')
    // The numbers as they are before: a kernel that sorts nothing leaves them alone.
    const kernel = await text(page, '.cm-content')
    await edit(page, 'function quicksort() {}')
    await start(page, '#start')
    assert.match(await text(page, '#fact-check'), /not in order/)
    assert.ok(falls(heights(await pixels(page))) > 20)
    await page.locator('#restore').click()
    assert.equal(await text(page, '.cm-content'), kernel)
    await start(page, '#start')
    assert.match(await text(page, '#fact-check'), /all 100,000 numbers are in order/)
    const sorted = heights(await pixels(page))
    assert.equal(falls(sorted), 0)
    assert.ok(sorted.at(-1)! > sorted[0]! + 100)
    await finish(opened)
  },
)

test('Counter: all six variants arrive at the exact sum', { skip: noBrowser }, async () => {
  const opened = await open(served.browser, served.site.url)
  const { page } = opened
  const pictures = new Set<string>()
  for (const variant of ['shared', 'adjacent', 'padded', 'local', 'reduce', 'none']) {
    await choose(page, 'counter', `counter-${variant}`)
    await start(page, '#start')
    assert.equal(
      await text(page, '#fact-check'),
      `the sum is ${(200_000 * 610).toLocaleString('en-US')}, as it must be`,
    )
    pictures.add((await pixels(page)).words.join())
  }
  assert.equal(pictures.size, 6, 'each variant has a picture of its own')
  await finish(opened)
})
