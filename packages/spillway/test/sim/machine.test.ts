/** The scheduler on virtual machines: repeatable, loses no work, and keeps close to what is possible. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FLAT, flatCost } from '../../sim/machine/cost.ts'
import { LOADS } from '../../sim/machine/loads.ts'
import { Machine } from '../../sim/machine/machine.ts'
import type { MachineEvent } from '../../sim/machine/machine.ts'
import { simulate } from '../../sim/machine/simulate.ts'
import type { Simulation } from '../../sim/machine/simulate.ts'
import { Timeline } from '../../sim/machine/timeline.ts'
import { weave } from '../../sim/weave/program.ts'
import type * as tiny from './tiny.program.ts'

async function traced(options: Simulation): Promise<string> {
  const lines: string[] = []
  const onEvent: Simulation['onEvent'] = (event, nameOf) => {
    lines.push(`${event.at} ${event.thread} ${event.event} ${nameOf(event.word)} ${event.value}`)
  }
  const result = await simulate({ ...options, onEvent })
  return `${lines.join('\n')}\n${JSON.stringify(result)}`
}

test('machine: the same seed gives the same events, another seed others', async () => {
  const run = (seed: number): Promise<string> => traced({ workers: 5, load: 'skewed', seed })
  const first = await run(1)
  assert.ok(first.split('\n').length > 100)
  assert.equal(await run(1), first)
  assert.notEqual(await run(2), first)
})

for (const load of LOADS) {
  test(`machine: every nanosecond of work is done once, ${load}`, async () => {
    for (const workers of [1, 3, 16]) {
      const { work, worked, makespan, ideal } = await simulate({ workers, load, seed: 3 })
      assert.equal(worked, work)
      assert.ok(makespan >= ideal, `${makespan} ns are less than the ideal ${ideal} ns`)
    }
  })
}

test('machine: flat loads end within a claim, a look around and a few steals of the ideal', async () => {
  for (const workers of [2, 8, 32, 128]) {
    const result = await simulate({ workers, load: 'flat', seed: 1 })
    // A claim of 50 us, and as many atomics as it takes to look at every range four times.
    const bound = result.ideal + 50_000 + 4 * (workers + 1) * FLAT.atomicNs
    assert.ok(result.makespan <= bound, `${workers} workers: ${result.makespan} > ${bound}`)
  }
})

test('machine: sleepers are awake after a logarithmic number of wake-ups', async () => {
  const latency = FLAT.wakeNs
  const slow = flatCost({ ...FLAT, wakeNs: 10 * latency })
  for (const workers of [8, 64]) {
    const options: Simulation = { workers, load: 'bursty', seed: 1, spinMs: 0.01 }
    const fast = await simulate(options)
    assert.ok(fast.wakes >= workers, `${fast.wakes} wake-ups`)
    const bursts = 8
    const levels = Math.ceil(Math.log2(workers + 1)) + 1
    const bound = fast.ideal + bursts * levels * (latency + 10_000)
    assert.ok(fast.makespan <= bound, `${workers} workers: ${fast.makespan} > ${bound}`)
    // A wake-up that takes longer costs something: the latency is not ignored.
    assert.ok((await simulate({ ...options, cost: slow })).makespan > fast.makespan)
  }
})

test('machine: a trace worked out by hand', async () => {
  const program = await weave<typeof tiny>('test/sim/tiny.program.ts', { fast: true })
  const words = new Int32Array(4)
  const events: string[] = []
  const onEvent = ({ at, thread, event, word, value }: MachineEvent): void => {
    events.push(`${at} ${thread} ${event} ${word} ${value}`)
  }
  const costs = { atomicNs: 10, notifyNs: 100, pauseNs: 1, clockNs: 1, wakeNs: 1000 }
  const machine = new Machine({ program, words, cost: flatCost(costs), onEvent })
  machine.start(() => program.exports.sleeper(words), true)
  machine.start(() => program.exports.waker(words), true)
  assert.equal(machine.run(), 1520)
  assert.deepEqual(events, [
    // The sleeper loads (0 to 10) and sleeps; the waker works from 0 to 300, stores (to 310), notifies (to 410).
    '0 1 work -1 300',
    '10 0 sleep 0 0',
    '410 1 notify 0 1',
    '410 1 end 0 0',
    // It runs after the latency, loads again (1410 to 1420), and works for 100.
    '1410 0 wake 0 1400',
    '1420 0 work -1 100',
    '1520 0 end -1 0',
  ])
  assert.deepEqual(
    machine.threads.map(({ work, asleep, overhead }) => [work, asleep, overhead]),
    [
      [100, 1400, 20],
      [300, 0, 110],
    ],
  )
})

test('machine: a sleep with a limit ends by itself', async () => {
  const program = await weave<typeof tiny>('test/sim/tiny.program.ts', { fast: true })
  const words = new Int32Array(4)
  const machine = new Machine({ program, words, cost: flatCost(FLAT) })
  machine.start(() => program.exports.limited(words), true)
  assert.equal(machine.run(), 2_000_000 + FLAT.atomicNs)
  assert.equal(words[1], 1)
})

test('machine: when all threads sleep for ever, it says so', async () => {
  const program = await weave<typeof tiny>('test/sim/tiny.program.ts', { fast: true })
  const machine = new Machine({ program, words: new Int32Array(4), cost: flatCost(FLAT) })
  machine.start(() => program.exports.sleeper(machine.words), true)
  assert.throws(() => machine.run(), /sleep for ever/)
})

test('machine: moments come in order of time, then in the order they were added', () => {
  const timeline = new Timeline()
  const times = [5, 3, 5, 1, 3, 9, 1, 5]
  times.forEach((time, thread) => timeline.push(time, thread, 0))
  const order: number[] = []
  for (let next = timeline.pop(); next !== null; next = timeline.pop()) order.push(next.thread)
  assert.deepEqual(order, [3, 6, 1, 4, 0, 2, 7, 5])
})
