import { kernels, range } from 'spillway/kernel'
import { heavyWork } from './heavy-work.ts'
import { addItem, addSum } from './wide-sum.ts'
import { burstWords, lineElements, roundWords, variantNumber } from './burst-layout.ts'

// Barrier-synchronised bursts. One call keeps every worker of the system inside this kernel for a whole session, so
// neither dispatch nor wake-up is in any measurement. Round by round, from a plan that all of them read:
//
//   1. all gather: each parks until the last one comes. Who has slept is run at once when woken, so that on a busy
//      machine the workers of a round are on their cores together; spinning here would use up their time slices;
//   2. those that take part meet: the last to arrive opens the round, the others spin and see that within a cache miss;
//   3. each times the same number of items. The others are already parked for the next gathering: a spinning
//      bystander would slow its SMT sibling.
//
// Every wait gives up after `patience`, marks the session broken and lets all workers leave: a scheduler that gives
// two chunks to one worker, or a worker that dies, costs a session, not the process.
//
// Numbers from `args` are made 32-bit integers (`| 0`) before they reach a loop: a worker reads them from memory as
// doubles, and an index that is a double takes Atomics.add the slow way.

export interface BurstArgs {
  /** Words of `burstWords`, a cache line each. */
  gate: Int32Array
  /** `roundWords` words a round. */
  plan: Int32Array
  rounds: number
  /** [round * width + worker]: duration in ms, and start in ms since the epoch. */
  times: Float64Array
  starts: Float64Array
  width: number
  items: number
  depth: number
  result: number
  /** One block of `width` lines per variant; carries alike. */
  words: Int32Array
  carries: Int32Array
  partials: Float64Array
  wrong: Int32Array
}

const patience = 5000

export const { burstSession } = kernels(import.meta.url, {
  burstSession: range((start: number, end: number, args: BurstArgs) => {
    if (end - start !== 1) giveUp(args.gate)
    else takePart(start | 0, args)
  }),
})

function takePart(worker: number, args: BurstArgs): void {
  const { gate, plan } = args
  const rounds = args.rounds | 0
  const width = args.width | 0
  for (let round = 0; round < rounds; round++) {
    const variant = plan[roundWords * round]
    const first = plan[roundWords * round + 1]
    const active = plan[roundWords * round + 2]
    if (!gather(gate, width, round)) return
    if (worker < first || worker >= first + active) continue
    if (!meet(gate, active, round)) return
    const slot = round * width + worker
    const start = performance.now()
    burst(variant, worker, args)
    args.times[slot] = performance.now() - start
    args.starts[slot] = performance.timeOrigin + start
  }
}

/** In the event of a race with the last one's store: before it the wait sleeps and the notify follows, after it the wait returns. */
function gather(gate: Int32Array, width: number, round: number): boolean {
  if (Atomics.add(gate, burstWords.gathered, 1) === width - 1) {
    Atomics.store(gate, burstWords.gathered, 0)
    Atomics.store(gate, burstWords.called, round + 1)
    Atomics.notify(gate, burstWords.called)
    return true
  }
  if (Atomics.wait(gate, burstWords.called, round, patience) === 'timed-out') return giveUp(gate)
  return Atomics.load(gate, burstWords.broken) === 0
}

function meet(gate: Int32Array, active: number, round: number): boolean {
  if (Atomics.add(gate, burstWords.arrived, 1) === active - 1) {
    Atomics.store(gate, burstWords.arrived, 0)
    Atomics.store(gate, burstWords.opened, round + 1)
    return true
  }
  const deadline = performance.now() + patience
  for (let turns = 1; Atomics.load(gate, burstWords.opened) <= round; turns++) {
    if (turns % 4096 !== 0) continue
    if (Atomics.load(gate, burstWords.broken) !== 0) return false
    if (performance.now() > deadline) return giveUp(gate)
  }
  return true
}

function giveUp(gate: Int32Array): false {
  Atomics.store(gate, burstWords.broken, 1)
  Atomics.notify(gate, burstWords.called)
  return false
}

/**
 * Two loops and one call site for each: inlined twice, a loop would be two pieces of machine code, and these differ in
 * speed by themselves.
 */
function burst(variant: number, worker: number, args: BurstArgs): void {
  const base = variant * args.width * lineElements
  const ownLine = base + worker * lineElements
  if (variant <= variantNumber.padded) {
    const isShared = variant === variantNumber.shared
    const at = isShared ? base : variant === variantNumber.adjacent ? base + worker : ownLine
    atomics(args, at | 0, (isShared ? base : ownLine) | 0)
    return
  }
  const total = sum(args)
  if (variant === variantNumber.local) addSum(args.words, base, args.carries, base, total)
  else if (variant === variantNumber.reduce) addPartial(args.partials, worker, total)
  else if (total !== args.items * args.result) Atomics.store(args.wrong, 0, 1)
}

function atomics(args: BurstArgs, at: number, carryAt: number): void {
  const { words, carries } = args
  const items = args.items | 0
  const depth = args.depth | 0
  for (let i = 0; i < items; i++) addItem(words, at, carries, carryAt, heavyWork(depth))
}

function sum(args: BurstArgs): number {
  const items = args.items | 0
  const depth = args.depth | 0
  let total = 0
  for (let i = 0; i < items; i++) total += heavyWork(depth)
  return total
}

/** What one chunk of a reduction does: a plain store to a line of its own. */
function addPartial(partials: Float64Array, worker: number, total: number): void {
  const at = worker * (lineElements / 2)
  partials[at] = partials[at] + total
}
