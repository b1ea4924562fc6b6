/** Trace Event JSON: what the format asks of a file, so that viewers show it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Trace } from 'spillway'
import { traceEvents } from 'spillway/trace'
import type { ChromeEvent } from 'spillway/trace'
import { busy } from '../support/loop.kernels.ts'
import { families } from '../support/jobs.kernels.ts'
import { lives } from '../support/lifecycle.kernels.ts'
import { fresh, sharedSystems } from '../support/systems.ts'

const systems = sharedSystems({ trace: true })
const PHASES = new Set(['M', 'X', 'i', 'b', 'e'])

function inThread(events: readonly ChromeEvent[], tid: number): ChromeEvent[] {
  return events.filter((event) => event.tid === tid && event.ph !== 'M')
}

/** Viewers drop slices of a row that overlap without one enclosing the other. */
function assertSlicesNest(events: readonly ChromeEvent[]): void {
  const ends: number[] = []
  // Whole nanoseconds: sums of microseconds are off in the last digit.
  const nanoseconds = (microseconds: number): number => Math.round(microseconds * 1000)
  for (const { ph, ts, dur } of events) {
    if (ph !== 'X') continue
    const begin = nanoseconds(ts!)
    const end = begin + nanoseconds(dur!)
    while (ends.length > 0 && ends.at(-1)! <= begin) ends.pop()
    assert.ok(ends.length === 0 || end <= ends.at(-1)!, `a slice until ${end} ends too late`)
    ends.push(end)
  }
}

for (const workers of [0, 2]) {
  test(`what ran is a file that viewers take, with ${workers} workers`, async () => {
    const jobs = await systems(workers)
    const counts = jobs.int32(200)
    await Promise.all([
      jobs.parallelFor(200, fresh(busy), { counts, base: 0, ms: 0.05 }),
      jobs.parallelFor(200, fresh(busy), { counts, base: 0, ms: 0.05 }),
      jobs.run(families.plainTree, 6),
      jobs.run(families.tree, 6),
      jobs.runMany(lives.timer, 3),
    ])
    jobs.parallelForSync(200, fresh(busy), { counts, base: 0, ms: 0.05 })
    const trace = jobs.trace()
    const events = traceEvents(trace)
    assert.deepEqual(JSON.parse(JSON.stringify(events)), events)
    for (const event of events) {
      assert.ok(PHASES.has(event.ph))
      assert.equal(event.pid, 1)
      assert.ok(Number.isInteger(event.tid))
      assert.ok(event.ph === 'M' || Number.isFinite(event.ts))
      assert.equal(event.ph === 'X', event.dur !== undefined)
      assert.ok(event.dur === undefined || event.dur >= 0)
    }
    for (const [index, { name, events: recorded }] of trace.threads.entries()) {
      const of = inThread(events, index + 1)
      const pairs = of.filter(({ ph }) => ph === 'e').length
      assert.equal(of.length - pairs, recorded.length, 'each event once')
      assert.ok(
        events.some((event) => event.tid === index + 1 && event.args?.['name'] === name),
        name,
      )
      assertSlicesNest(of)
      for (const [at, { ts }] of of.entries()) assert.ok(at === 0 || ts! >= of[at - 1]!.ts!)
    }
    const key = ({ cat, id }: ChromeEvent): string => `${cat} ${id}`
    const begun = events.filter(({ ph }) => ph === 'b').map(key)
    const ended = events.filter(({ ph }) => ph === 'e').map(key)
    assert.deepEqual(begun.toSorted(), ended.toSorted())
    assert.equal(new Set(begun).size, begun.length, 'ids')
    assert.ok(begun.some((id) => id.startsWith('loop')))
    assert.ok(begun.some((id) => id.startsWith('async')))
  })
}

test('one event of each kind', () => {
  const trace: Trace = {
    origin: 1.8e12,
    until: 9,
    lost: 3,
    threads: [
      {
        name: 'first',
        worker: -1,
        lost: 3,
        events: [
          { kind: 'loop', begin: 1, end: 4, kernel: 'k', loop: 5, from: 0, to: 8, shared: true },
          { kind: 'chunk', begin: 1.5, end: 2.25, kernel: 'k', loop: 5, from: 0, to: 4 },
          { kind: 'steal', at: 2.5, victim: 1, units: 2, of: 'loop' },
        ],
      },
    ],
  }
  assert.deepEqual(traceEvents(trace, { process: 'mine', pid: 7 }), [
    { ph: 'M', name: 'process_name', pid: 7, tid: 0, args: { name: 'mine' } },
    { ph: 'M', name: 'thread_name', pid: 7, tid: 1, args: { name: 'first (3 events lost)' } },
    { ph: 'M', name: 'thread_sort_index', pid: 7, tid: 1, args: { sort_index: 0 } },
    {
      ph: 'b',
      name: 'k',
      cat: 'loop',
      id: 5,
      pid: 7,
      tid: 1,
      ts: 1000,
      args: { from: 0, to: 8, shared: true },
    },
    {
      ph: 'X',
      name: 'k',
      cat: 'chunk',
      pid: 7,
      tid: 1,
      ts: 1500,
      dur: 750,
      args: { loop: 5, from: 0, to: 4 },
    },
    {
      ph: 'i',
      name: 'steal',
      cat: 'steal',
      s: 't',
      pid: 7,
      tid: 1,
      ts: 2500,
      args: { victim: 1, units: 2, of: 'loop' },
    },
    { ph: 'e', name: 'k', cat: 'loop', id: 5, pid: 7, tid: 1, ts: 4000 },
  ])
})
