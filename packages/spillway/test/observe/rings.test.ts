/** Rings of events: what they keep, what they lose, and that readers and writers do not wait for each other. */
import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { JobSystem } from 'spillway'
import type { Trace } from 'spillway'
import {
  EVENT_JOB,
  EVENT_WORDS,
  GUARD,
  V_BEGIN,
  V_END,
  V_KIND,
  V_NUMBER,
  ringsWords,
} from '../../src/layout/trace.ts'
import { decodeEvents } from '../../src/observe/decode-events.ts'
import { count, countRange } from '../support/loop.kernels.ts'
import { GATE_WORDS, arrived, openGate, until } from '../support/gate.ts'
import { waitAtGateRange } from '../support/gate.kernels.ts'
import { allOf, assertCovered, assertNested, eventsOf, threadOf } from '../support/traces.ts'

const EVENTS = 256
const KEPT = EVENTS - GUARD

/** Two events each: a loop and its chunk. */
function callOnce(jobs: JobSystem, times: number): void {
  const args = { counts: jobs.int32(1), base: 0 }
  for (let call = 0; call < times; call++) jobs.parallelForSync(1, count, args)
}

function counted({ threads }: Trace): { lost: number; kept: number } {
  return { lost: threads[0]!.lost, kept: threads[0]!.events.length }
}

test('what is overwritten is counted, to the event', async () => {
  await using jobs = await JobSystem.start({ workers: 0, trace: { events: EVENTS } })
  assert.deepEqual(counted(jobs.trace()), { lost: 0, kept: 0 })
  callOnce(jobs, KEPT / 2)
  assert.deepEqual(counted(jobs.trace()), { lost: 0, kept: KEPT })
  callOnce(jobs, 1)
  assert.deepEqual(counted(jobs.trace()), { lost: 2, kept: KEPT })
  callOnce(jobs, 5000)
  const trace = jobs.trace()
  assert.deepEqual(counted(trace), { lost: 10_002, kept: KEPT })
  assert.equal(trace.lost, 10_002)
  // The newest are what is left: every loop with its own chunk.
  const loops = allOf(trace, 'loop').map(({ loop }) => loop)
  assert.equal(loops.length, KEPT / 2)
  assert.deepEqual(
    loops,
    allOf(trace, 'chunk').map(({ loop }) => loop),
  )
  const step = loops[1]! - loops[0]!
  assert.deepEqual(
    loops,
    loops.map((_, at) => loops[0]! + at * step),
  )
  assert.deepEqual(counted(jobs.trace()), { lost: 10_002, kept: KEPT }, 'reading takes nothing')
  callOnce(jobs, 1)
  assert.equal(allOf(jobs.trace(), 'loop').at(-1)!.loop, loops.at(-1)! + step)

  jobs.clearTrace()
  assert.deepEqual(counted(jobs.trace()), { lost: 0, kept: 0 })
  callOnce(jobs, KEPT / 2 + 3)
  assert.deepEqual(counted(jobs.trace()), { lost: 6, kept: KEPT })
})

test('what is overwritten while it is copied is left out, and counted', async () => {
  await using jobs = await JobSystem.start({ workers: 0, trace: { events: EVENTS } })
  callOnce(jobs, KEPT)
  const before = allOf(jobs.trace(), 'loop').map(({ loop }) => loop)
  // The reader has counted the events and is about to copy them: then ten calls more come to their end.
  const { set } = Int32Array.prototype
  let calls = 10
  const copying = mock.method(
    Int32Array.prototype,
    'set',
    function (this: Int32Array, ...args: Parameters<typeof set>) {
      const now = calls
      calls = 0
      callOnce(jobs, now)
      set.apply(this, args)
    },
  )
  const trace = jobs.trace()
  copying.mock.restore()
  assert.equal(calls, 0)
  assert.deepEqual(counted(trace), { lost: KEPT + 20, kept: KEPT - 20 })
  assert.deepEqual(
    allOf(trace, 'loop').map(({ loop }) => loop),
    before.slice(10),
  )
})

test('threads go on while their rings are read, and no event is read that was overwritten meanwhile', async () => {
  await using jobs = await JobSystem.start({ workers: 2, trace: { events: EVENTS } })
  const counts = jobs.int32(4000)
  let rounds = 0
  let overtaken = 0
  const end = performance.now() + 1000
  while (performance.now() < end) {
    const loop = jobs.parallelForChunks(counts.length, 1, countRange, { counts, base: 0 })
    let settled = false
    void loop.then(() => (settled = true))
    const before = jobs.trace()
    for (let look = 0; look < 20; look++) {
      const trace = jobs.trace()
      for (const thread of trace.threads) {
        assertNested(thread)
        assert.ok(thread.events.length <= KEPT + 1, `${thread.events.length} events`)
        for (const { kernel, from, to } of eventsOf(thread, 'chunk')) {
          assert.equal(kernel, 'countRange')
          assert.ok(from >= 0 && to > from && to <= counts.length, `a chunk from ${from} to ${to}`)
        }
      }
      if (trace.lost > before.lost) overtaken++
    }
    await loop
    assert.ok(settled)
    rounds++
  }
  assert.ok(overtaken > 0, `nothing was overwritten in ${rounds} rounds`)
})

test('an idle thread sleeps until the trace is read; a busy one does not', async () => {
  await using jobs = await JobSystem.start({ workers: 2, trace: true })
  const asleep = (trace: Trace): number[] =>
    trace.threads
      .filter(({ worker, events }) => {
        const last = events.at(-1)
        return worker >= 0 && last?.kind === 'park' && last.end === trace.until
      })
      .map(({ worker }) => worker)
  await until(() => asleep(jobs.trace()).length === 2, 'both workers to sleep')
  const first = jobs.trace()
  const parks = first.threads.map((thread) => eventsOf(thread, 'park').length)

  const gate = jobs.int32(4)
  const held = jobs.parallelForChunks(
    1,
    1,
    (_s, _e, { gate: word }) => {
      Atomics.add(word, 1, 1)
      Atomics.wait(word, 0, 0, 20_000)
    },
    { gate },
  )
  await until(() => Atomics.load(gate, 1) === 1, 'a worker inside')
  await until(() => asleep(jobs.trace()).length === 1, 'the other worker to sleep')
  openGate(gate)
  await held
  await until(() => asleep(jobs.trace()).length === 2, 'both workers to sleep again')
  const last = jobs.trace()
  for (const [index, thread] of last.threads.entries()) {
    assertNested(thread)
    if (thread.worker >= 0) assert.ok(eventsOf(thread, 'park').length >= parks[index]!)
  }
  assert.ok(allOf(last, 'park').length > allOf(first, 'park').length)
})

test('a worker that died asleep does not sleep on in the trace', async () => {
  const url = new URL('../support/rings-worker.js', import.meta.url)
  const threads: Worker[] = []
  await using jobs = await JobSystem.start({
    workers: 1,
    trace: true,
    worker: () => {
      const thread = new Worker(url)
      threads.push(thread)
      return thread
    },
  })
  const isAsleep = (): boolean => {
    const trace = jobs.trace()
    const last = threadOf(trace, 0).events.at(-1)
    return last?.kind === 'park' && last.end === trace.until
  }
  for (let round = 0; round < 2; round++) {
    await until(isAsleep, 'the worker to sleep')
    const lost = new Promise((resolve) => jobs.on('worker-lost', resolve))
    void threads.at(-1)!.terminate()
    await lost
    await until(() => jobs.describe().workers.ready === 1, 'another worker')
    const gate = jobs.int32(GATE_WORDS)
    const held = jobs.parallelForChunks(1, 1, waitAtGateRange, { gate })
    await arrived(gate, 1)
    assert.ok(!isAsleep(), 'it runs a kernel')
    openGate(gate)
    await held
  }
})

test('a blocked caller sleeps, and what was stolen from whom is told', async () => {
  await using jobs = await JobSystem.start({ workers: 1, trace: true })
  const done = jobs.int32(2)
  // The worker holds the index it comes to first until all others have run in the caller, and then a little longer.
  jobs.parallelForSync(
    40,
    (_i, { done: words }) => {
      const { isMainThread } = process.getBuiltinModule('node:worker_threads')
      const late = performance.now() + 10_000
      if (isMainThread) {
        const end = performance.now() + 0.2
        while (
          performance.now() < end ||
          (Atomics.load(words, 0) === 1 && Atomics.load(words, 1) === 0)
        );
      } else {
        Atomics.store(words, 1, 1)
        while (Atomics.load(words, 0) < 39)
          if (performance.now() > late) throw new Error('nobody came')
        Atomics.wait(words, 1, 1, 20)
      }
      Atomics.add(words, 0, 1)
    },
    { done },
    { grain: 1 },
  )
  const trace = jobs.trace()
  assert.ok(eventsOf(threadOf(trace, -1), 'park').length > 0)
  const [steal] = eventsOf(threadOf(trace, 0), 'steal')
  assert.ok(steal !== undefined && steal.units > 0)
  assert.deepEqual({ victim: steal.victim, of: steal.of }, { victim: -1, of: 'loop' })
  const back = eventsOf(threadOf(trace, -1), 'steal')
  assert.ok(back.length > 0 && back.every(({ victim }) => victim === 0), 'the caller stole back')
  const [loop] = allOf(trace, 'loop')
  assertCovered(trace, loop!)
})

test('without trace nothing is recorded and no memory is taken', async () => {
  const used: number[] = []
  for (const trace of [undefined, false, { events: EVENTS }]) {
    await using jobs = await JobSystem.start({ workers: 1, ...(trace !== undefined && { trace }) })
    const counts = jobs.int32(1000)
    await jobs.parallelFor(counts.length, count, { counts, base: 0 })
    jobs.parallelForSync(counts.length, count, { counts, base: 0 })
    used.push(jobs.describe().heap.usedBytes)
    if (typeof trace === 'object') continue
    assert.deepEqual(jobs.trace(), { origin: 0, until: 0, lost: 0, threads: [] })
    jobs.clearTrace()
  }
  const [none, off, on] = used
  assert.equal(off, none)
  assert.equal(on! - off!, ringsWords(1, EVENTS) * 4)
})

test('a trace is frozen plain data, and is readable after the end', async () => {
  const [early, before] = [Date.now(), performance.now()]
  const jobs = await JobSystem.start({ workers: 1, name: 'traced', trace: { events: EVENTS } })
  callOnce(jobs, 3)
  await jobs.close()
  const trace = jobs.trace()
  assert.deepEqual(structuredClone(trace), trace)
  assert.deepEqual(
    trace.threads.map(({ name, worker }) => [name, worker]),
    [
      ['traced starter', -1],
      ['traced worker 0', 0],
    ],
  )
  assert.ok(Math.abs(trace.origin - early) < 60_000, `${trace.origin} is a Unix time`)
  // Times are milliseconds since the start, by this thread's clock give or take its resolution.
  const passed = performance.now() - before + 1
  assert.ok(trace.until > 0 && trace.until <= passed, `${trace.until} of ${passed} ms`)
  for (const { events } of trace.threads) {
    for (const event of events) {
      const begin = event.kind === 'steal' ? event.at : event.begin
      assert.ok(begin >= 0 && begin <= trace.until, `${event.kind} at ${begin}`)
    }
  }
  const [thread] = trace.threads
  for (const value of [trace, trace.threads, thread!, thread!.events, thread!.events[0]!]) {
    assert.ok(Object.isFrozen(value))
  }
  assert.throws(() => ((thread!.events[0] as { begin: number }).begin = 1), TypeError)
})

test('a worker that dies leaves its events, and its successor goes on behind them', async () => {
  await using jobs = await JobSystem.start({ workers: 1, trace: true })
  const counts = jobs.int32(1000)
  await jobs.parallelForChunks(counts.length, 10, countRange, { counts, base: 0 })
  const before = eventsOf(threadOf(jobs.trace(), 0), 'chunk')
  await assert.rejects(async () => await jobs.parallelForChunks(1, 1, () => process.exit(1)), {
    code: 'ERR_WORKER_LOST',
  })
  await until(() => jobs.describe().workers.ready === 1, 'another worker')
  await jobs.parallelForChunks(counts.length, 10, countRange, { counts, base: 0 })
  const thread = threadOf(jobs.trace(), 0)
  assertNested(thread)
  const after = eventsOf(thread, 'chunk')
  assert.deepEqual(after.slice(0, before.length), before)
  const loops = new Set(after.slice(before.length).map(({ loop }) => loop))
  assert.equal(loops.size, 1)
  assert.ok(before.every(({ loop }) => !loops.has(loop)))
})

test('of events that begin together the one that encloses the others comes first', () => {
  const words = new Int32Array(4 * EVENT_WORDS)
  const doubles = new Float64Array(words.buffer)
  // Written as they end; the last two also end together, and the one written later encloses the other.
  const written = [
    [1, 5, 6],
    [2, 1, 3],
    [3, 1, 8],
    [4, 1, 8],
  ] as const
  for (const [index, [number, begin, end]] of written.entries()) {
    const at = index * EVENT_WORDS
    words[at + V_KIND] = EVENT_JOB
    words[at + V_NUMBER] = number
    doubles[(at + V_BEGIN) / 2] = begin
    doubles[(at + V_END) / 2] = end
  }
  const events = decodeEvents(
    words,
    -1,
    9,
    () => 'kernel',
    (thread) => thread,
  )
  assert.deepEqual(
    events.map((event) => event.kind === 'job' && event.job),
    [4, 3, 2, 1],
  )
})
