/** The timeline as pure functions of a trace: no page is needed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Trace, TraceEvent } from 'spillway'
import { barAt, layOut, ticks } from '../src/timeline/layout.ts'
import { summarise } from '../src/timeline/summary.ts'
import { pan, timeAt, xOf, zoom } from '../src/timeline/window.ts'

const kernel = 'k'

function chunk(begin: number, end: number): TraceEvent {
  return { kind: 'chunk', begin, end, kernel, loop: 1, from: 0, to: 1 }
}

function job(begin: number, end: number): TraceEvent {
  return { kind: 'job', begin, end, kernel, job: 1, resumed: false, suspended: false }
}

function park(begin: number, end: number): TraceEvent {
  return { kind: 'park', begin, end }
}

/** A trace of threads from the page on. */
function traceOf(...threads: TraceEvent[][]): Trace {
  return {
    origin: 0,
    until: 1000,
    lost: 0,
    threads: threads.map((events, at) => ({
      name: `thread ${at}`,
      worker: at - 1,
      lost: 0,
      events,
    })),
  }
}

test('a summary counts, and its times add up to the run', () => {
  const loop: TraceEvent = {
    kind: 'loop',
    begin: 8,
    end: 62,
    kernel,
    loop: 1,
    from: 0,
    to: 9,
    shared: true,
  }
  const steal: TraceEvent = { kind: 'steal', at: 30, victim: 0, units: 2, of: 'loop' }
  const { extent, threads, nobody, typicalSpan } = summarise(
    traceOf([loop], [chunk(10, 20), chunk(20, 40)], [park(0, 15), steal, chunk(50, 60)]),
  )!
  assert.deepEqual(extent, { from: 10, to: 60 })
  assert.equal(nobody, 10)
  assert.equal(typicalSpan, 10)
  const [page, first, second] = threads
  assert.deepEqual([page!.name, page!.busy, page!.chunks], ['page', 0, 0])
  assert.deepEqual([first!.busy, first!.idle, first!.chunks], [30, 20, 2])
  assert.deepEqual(
    [second!.busy, second!.parked, second!.idle, second!.steals, second!.parks],
    [10, 5, 35, 1, 1],
  )
})

test('a job in a job counts once, and sleep in a job is no work', () => {
  const { threads } = summarise(traceOf([], [job(0, 100), job(10, 30), job(12, 20), park(40, 60)]))!
  assert.deepEqual(
    [threads[1]!.busy, threads[1]!.parked, threads[1]!.idle, threads[1]!.jobs],
    [80, 20, 0, 3],
  )
})

test('nothing to show where nothing ran', () => {
  assert.equal(summarise(traceOf([], [park(0, 10)])), null)
  assert.equal(summarise(traceOf()), null)
})

test('bars lie where their times are, cut at the edges of the window, and deeper inside others', () => {
  const trace = traceOf([], [job(0, 100), job(40, 60), chunk(200, 300)])
  const row = layOut(trace, { from: 50, to: 250 }, 400)[1]!
  assert.deepEqual(
    row.bars.map(({ x, width, depth }) => [x, width, depth]),
    [
      [0, 100, 0],
      [0, 20, 1],
      [300, 100, 0],
    ],
  )
  assert.equal(barAt(row, 10)!.depth, 1)
  assert.equal(barAt(row, 60)!.depth, 0)
  assert.equal(barAt(row, 200), null)
})

test('bars too narrow to be told apart are drawn as one, which loses none of them', () => {
  const chunks = Array.from({ length: 1000 }, (_, at) => chunk(at, at + 1))
  const row = layOut(traceOf([], chunks), { from: 0, to: 1000 }, 100)[1]!
  assert.ok(row.bars.length < 60)
  assert.equal(
    row.bars.reduce((sum, { count }) => sum + count, 0),
    1000,
  )
  const near = layOut(traceOf([], chunks), { from: 0, to: 20 }, 100)[1]!
  assert.ok(near.bars.every(({ count }) => count === 1))
})

test('zooming keeps the instant under the pointer, panning the length, and both stay in the run', () => {
  const bounds = { from: -5, to: 95 }
  const inside = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(
      inside,
      inside,
      fc.double({ min: 1.01, max: 8, noNaN: true }),
      fc.double({ min: -2, max: 2, noNaN: true }),
      (from, share, factor, by) => {
        const window = { from: bounds.from + from * 50, to: bounds.from + from * 50 + 40 }
        const at = timeAt(window, share * 300, 300)
        const near = zoom(window, factor, at, bounds)
        assert.ok(Math.abs(xOf(near, at, 300) - share * 300) < 1e-6)
        const moved = pan(near, by, bounds)
        assert.ok(Math.abs(moved.to - moved.from - (near.to - near.from)) < 1e-9)
        for (const { from: left, to: right } of [near, moved, zoom(moved, 1 / 50, at, bounds)]) {
          assert.ok(left >= bounds.from - 1e-9 && right <= bounds.to + 1e-9)
        }
      },
    ),
  )
})

test('the axis has round marks, at most as many as asked for', () => {
  assert.deepEqual(ticks({ from: -3, to: 97 }, 5), { at: [0, 20, 40, 60, 80], step: 20 })
  fc.assert(
    fc.property(
      fc.double({ min: 1e-3, max: 1e5, noNaN: true }),
      fc.integer({ min: 2, max: 20 }),
      (length, most) => {
        const { at, step } = ticks({ from: 0, to: length }, most)
        assert.ok(at.length <= most + 1 && at.length >= 1)
        assert.ok(step > 0)
      },
    ),
  )
})
