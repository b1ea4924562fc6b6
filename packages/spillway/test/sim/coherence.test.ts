/** The coherence simulator: its line states by the textbook, its traces by hand, its loops by what must come out of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coreNumbers, cyclesOf, distances, slowdowns } from '../../sim/coherence/costs.ts'
import type { Costs, Seat } from '../../sim/coherence/costs.ts'
import { Kernels, amountOf } from '../../sim/coherence/kernel.ts'
import { Lines, nextState } from '../../sim/coherence/lines.ts'
import type { State } from '../../sim/coherence/lines.ts'
import { simulateCall } from '../../sim/coherence/run.ts'
import type { CallResult, CallSetup } from '../../sim/coherence/run.ts'
import { VARIANTS, writesOf } from '../../sim/coherence/variant.ts'

const COSTS: Costs = {
  clockGhz: 1,
  localRmwCycles: 2,
  transferCyclesSameCcd: 100,
  transferCyclesCrossCcd: 200,
  transferCyclesCrossPackage: 300,
  memoryCycles: 400,
  burst: 1.5,
  workNs: 10,
  smtYield: 1.25,
}

/** Cores of two threads each, four cores to a CCD, two CCDs to a package. */
function seat(core: number, thread = 0): Seat {
  return { cpu: 2 * core + thread, core, group: core >> 2, package: core >> 3 }
}

const cores = (count: number): Seat[] => Array.from({ length: count }, (_, core) => seat(core))

const STATES: readonly State[] = ['M', 'E', 'S', 'I']

test('coherence: the transition table of MESI', () => {
  const expected = {
    'read, nobody has it': ['M', 'E', 'S', 'E'],
    'read, others have it': ['M', 'E', 'S', 'S'],
    write: ['M', 'M', 'M', 'M'],
    'other reads': ['S', 'S', 'S', 'I'],
    'other writes': ['I', 'I', 'I', 'I'],
  } as const
  for (const [signal, states] of Object.entries(expected)) {
    const found = STATES.map((state) => nextState(state, signal as keyof typeof expected))
    assert.deepEqual(found, states, signal)
  }
})

test('coherence: lines go through the table, whatever the accesses', () => {
  const lines = new Lines(4, () => 1)
  const states: State[] = ['I', 'I', 'I', 'I']
  let random = 7
  for (let step = 0; step < 2000; step++) {
    random = (random * 1103515245 + 12345) % 2147483648
    const core = (random >> 8) % 4
    const write = (random >> 16) % 3 === 0
    const others = states.some((state, other) => other !== core && state !== 'I')
    for (const [other, state] of states.entries()) {
      if (other !== core) states[other] = nextState(state, write ? 'other writes' : 'other reads')
    }
    const signal = write ? 'write' : others ? 'read, others have it' : 'read, nobody has it'
    states[core] = nextState(states[core]!, signal)
    if (write) lines.write(0, core)
    else lines.read(0, core)
    assert.deepEqual(
      states.map((_, at) => lines.state(0, at)),
      states,
      `step ${step}`,
    )
    const owners = states.filter((state) => state === 'M' || state === 'E').length
    assert.ok(owners === 0 || states.filter((state) => state !== 'I').length === 1)
  }
})

test('coherence: two cores, worked out by hand', () => {
  const lines = new Lines(2, (a, b) => (a === b ? 0 : 100))
  const trace: string[] = []
  const note = (action: string, core: number): void => {
    const access = action === 'read' ? lines.read(5, core) : lines.write(5, core)
    const cycles = cyclesOf(access, core, (a, b) => (a === b ? 0 : 100), COSTS)
    trace.push(`${core} ${action} ${lines.state(5, 0)}${lines.state(5, 1)} ${cycles}`)
  }
  note('read', 0)
  note('write', 0)
  note('write', 0)
  note('read', 1)
  note('write', 1)
  note('write', 1)
  note('write', 0)
  note('read', 1)
  note('read', 0)
  assert.deepEqual(trace, [
    '0 read EI 402',
    '0 write MI 2',
    '0 write MI 2',
    '1 read SS 102',
    // An upgrade: no line moves, but core 0 has to acknowledge.
    '1 write IM 102',
    '1 write IM 2',
    '0 write MI 102',
    '1 read SS 102',
    '0 read SS 2',
  ])
  const { reads, writes, transfers, fetches } = lines
  assert.deepEqual([reads, writes, transfers, fetches], [4, 5, 3, 1])
  assert.deepEqual([...lines.handOffs], [0, 2, 1, 0])
  assert.deepEqual([...lines.invalidations], [1, 1])
})

test('coherence: a write takes the copies of all other sharers, and costs the way to the farthest', () => {
  const seats = cores(16)
  const far = distances(seats, COSTS)
  for (const sharers of [1, 2, 3, 8, 16]) {
    const lines = new Lines(16, far)
    for (let core = 0; core < sharers; core++) lines.read(0, core)
    const access = lines.write(0, 0)
    assert.equal(access.invalidated, sharers - 1)
    assert.equal(access.from, -1)
    const way = sharers === 1 ? 0 : sharers <= 4 ? 100 : sharers <= 8 ? 200 : 300
    assert.equal(cyclesOf(access, 0, far, COSTS), way + 2)
  }
})

test('coherence: a copy comes from the nearest core that has one', () => {
  const far = distances(cores(16), COSTS)
  const lines = new Lines(16, far)
  lines.read(0, 15)
  lines.read(0, 5)
  assert.equal(lines.read(0, 4).from, 5)
  assert.equal(lines.read(0, 9).from, 15)
})

test('coherence: hand-off matrix rows add up to the transfers', async () => {
  const result = await run({ variant: 'shared', seats: cores(12) })
  const sums = result.handOffs.map((row) => row.reduce((sum, count) => sum + count, 0))
  assert.equal(
    sums.reduce((sum, one) => sum + one, 0),
    result.transfers,
  )
  assert.ok(sums.every((sum) => sum > 0))
  assert.ok(result.handOffs.every((row, core) => row[core] === 0))
  const cross = result.handOffs.flatMap((row, from) => row.filter((_, to) => from >> 2 !== to >> 2))
  assert.equal(
    cross.reduce((sum, one) => sum + one, 0),
    result.crossTransfers,
  )
  // Lines of a shared counter have one owner at a time: each transfer takes one copy.
  assert.equal(result.invalidations, result.transfers)
})

test('coherence: ownerships of two threads, worked out by hand', () => {
  const seats = cores(2)
  const far = distances(seats, COSTS)
  const kernels = new Kernels({
    writes: writesOf('shared'),
    costs: COSTS,
    lines: new Lines(2, far),
    far,
    cores: coreNumbers(seats),
    slowdowns: slowdowns(seats, 1.25),
    warmItems: 0,
    random: () => 0,
  })
  const events: [time: number, thread: number][] = []
  const ask = (thread: number, time: number): void => void events.push([time, thread])
  kernels.begin(0, amountOf(3), 0, ask)
  kernels.begin(1, amountOf(3), 0, ask)
  const log: string[] = []
  while (events.length > 0) {
    events.sort(([a], [b]) => a - b)
    const [time, thread] = events.shift()!
    log.push(`${time} ${thread}${kernels.go(thread, time, ask) ? ' ends' : ''}`)
  }
  assert.deepEqual(log, [
    // Both have their first item; thread 0 asks first and fetches the line: 400 cycles and one write of 2.
    '10 0',
    '10 1',
    // Its burst of 1 is over. Thread 1 gets the line for 1 write (100 + 2); thread 0 computes an item and asks again.
    '412 0',
    '422 0',
    '514 1',
    '524 1',
    // Bursts of 1.5 on average: now 2, which ends both kernels.
    '618 0 ends',
    // Alone, thread 1 needs the line from core 0, and writes twice.
    '722 1 ends',
  ])
  assert.equal(kernels.waited, 402 + 92 + 94)
})

test('coherence: threads of a core share its speed, threads of a cpu even more', () => {
  assert.deepEqual(slowdowns([seat(0), seat(0, 1), seat(1)], 1.25), [1.6, 1.6, 1])
  assert.deepEqual(slowdowns([seat(0), seat(0)], 1.25), [2, 2])
})

function run(
  setup: Partial<CallSetup> & Pick<CallSetup, 'variant' | 'seats'>,
): Promise<CallResult> {
  return simulateCall({ items: 20_000, costs: COSTS, seed: 1, ...setup })
}

test('coherence: the same seed gives the same result, another seed another order of hand-offs', async () => {
  const setup = { variant: 'shared', seats: cores(6) } as const
  const first = await run(setup)
  assert.deepEqual(await run(setup), first)
  assert.notDeepEqual((await run({ ...setup, seed: 2 })).handOffs, first.handOffs)
})

test('coherence: one core moves no line, and takes exactly its work and its writes', async () => {
  for (const variant of VARIANTS) {
    const { transfers, invalidations, ns, writes, combineNs } = await run({
      variant,
      seats: cores(1),
    })
    assert.deepEqual([transfers, invalidations], [0, 0], variant)
    const expected = 20_000 * 10 + writes * 2 + combineNs
    // The scheduler's own steps, and the fetch of each slot.
    assert.ok(
      ns >= expected && ns < expected + 512 * 400 + 2000,
      `${variant}: ${ns}, not ${expected}`,
    )
  }
})

test('coherence: writes are those of the variant, once per item or once per chunk', async () => {
  for (const variant of VARIANTS) {
    const { writes, chunks } = await run({ variant, seats: cores(8) })
    assert.equal(chunks, variant === 'reduce' ? 512 : 32)
    const expected = {
      shared: 20_000,
      adjacent: 20_000,
      padded: 20_000,
      local: 32,
      reduce: 512,
      none: 0,
    }
    assert.equal(writes, expected[variant], variant)
  }
})

test('coherence: padding and slots of their own move no line; without padding they do', async () => {
  const seats = cores(16)
  for (const variant of ['padded', 'reduce', 'none'] as const) {
    const { transfers, invalidations } = await run({ variant, seats })
    assert.deepEqual([transfers, invalidations], [0, 0], variant)
  }
  assert.ok((await run({ variant: 'adjacent', seats })).transfers > 5000)
  assert.ok((await run({ variant: 'reduce', seats, slotBytes: 8 })).transfers > 100)
})

test('coherence: burst length divides transfers, distance multiplies their time', async () => {
  const seats = cores(8)
  const items = 100_000
  const [one, four] = await Promise.all(
    [1, 4].map((burst) => run({ variant: 'shared', seats, items, costs: { ...COSTS, burst } })),
  )
  assert.ok(Math.abs(one!.transfers / items - 1) < 0.02)
  assert.ok(Math.abs(four!.transfers / items - 0.25) < 0.005)
  const flat = { ...COSTS, transferCyclesCrossCcd: 100 }
  const far = await run({ variant: 'shared', seats })
  const near = await run({ variant: 'shared', seats, costs: flat })
  assert.equal(near.transfers > 0 && Math.abs(near.transfers / far.transfers - 1) < 0.01, true)
  assert.ok(far.ns > near.ns * 1.3)
})
