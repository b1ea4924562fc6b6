/**
 * Loops as callers and workers run them. Workers run the shipped `serve`; the caller's side mirrors `loops/engine.ts`, which is
 * made of promises and timers, step by step.
 *
 * A chunk adds one to its own word with a plain access, and the caller reads these words with plain accesses once the loop has
 * ended: whatever runs twice, too late, or unordered shows as a data race or a wrong count.
 */
import { load, notify, store, wait } from '../../src/core/atomics.ts'
import {
  WAITS_FOR_REMAINING,
  abandon,
  close,
  enter,
  failFrom,
  hasWork,
  inside,
  leave,
  open,
  participate,
  remaining,
} from '../../src/core/loop.ts'
import type { Runner } from '../../src/core/loop.ts'
import { cancelSleep, wakeAll, wakeOne } from '../../src/core/sleep/park.ts'
import { shrink } from '../../src/core/sleep/spill.ts'
import { serve } from '../../src/core/worker.ts'
import type { ThreadContext } from '../../src/core/worker.ts'
import { NORMAL } from '../../src/layout/jobs.ts'
import {
  CANCELLED,
  H_LOOPS_OPEN,
  H_STOP,
  LOOP_SLOTS,
  L_CLAIM,
  L_FAILED_UNIT,
  L_KERNEL,
  L_MODE,
  L_REMAINING,
  L_SERIAL,
  L_SHAPE,
  L_SHARE,
  L_UNIT_COUNT,
  L_WAITING,
  MODE_MERGE,
  NO_FAILURE,
  W_CURRENT,
  loopAt,
  workerAt,
} from '../../src/layout/layout.ts'
import { kill, pause } from '../seam.ts'
import { ensure } from '../steps.ts'

/** What a call is about. */
export interface Plan {
  readonly serial: number
  readonly units: number
  readonly claim: number
  readonly share: number
  readonly mode: number
  /** Most workers inside. */
  readonly limit: number
  /** First of the words that the chunks count in. */
  readonly data: number
  /** Chunks from this one on fail. -1: none. */
  readonly fails: number
}

/** A worker's whole life. With a `gate`, chunks of the first loop wait until one of another loop has opened it. */
export function workerThread(words: Int32Array, workers: number, self: number, gate: number): void {
  serve(new Idler(words, workers, self, gate))
}

/** A worker that looks once whether the first slot's loop is open, and does nothing else: loops without the life around them. */
export function joiner(words: Int32Array, workers: number, self: number): void {
  const loop = loopAt(0, workers)
  if (!enter(words, loop)) return
  participate(words, loop, workers, self + 1, runnerOf(words, loop, -1))
  leave(words, loop)
}

/** A thread that serves loops and has no jobs. Its clock stands still, and its spin window is over at once. */
class Idler implements ThreadContext {
  readonly words: Int32Array
  readonly workers: number
  readonly worker: number
  readonly spinMs = 0
  readonly jobs = null
  readonly emptied = new Int32Array(0)
  readonly gate: number
  turn = 0
  nested = 0
  refused = false

  constructor(words: Int32Array, workers: number, worker: number, gate: number) {
    this.words = words
    this.workers = workers
    this.worker = worker
    this.gate = gate
  }

  now(): number {
    return 0
  }

  pause(): void {}

  prepare(_slot: number, loop: number): Runner | null {
    return runnerOf(this.words, loop, this.gate)
  }
}

/** Reads the descriptor like `prepare` in `worker.ts`: the data's place stands for kernel and arguments. */
function runnerOf(words: Int32Array, loop: number, gate: number): Runner {
  return new ChunkRunner(words, loop, gate)
}

class ChunkRunner implements Runner {
  readonly words: Int32Array
  readonly loop: number
  readonly data: number
  readonly fails: number
  readonly merge: boolean
  readonly gate: number
  readonly isFirst: boolean

  constructor(words: Int32Array, loop: number, gate: number) {
    this.words = words
    this.loop = loop
    this.data = words[loop + L_KERNEL]!
    this.fails = words[loop + L_SHAPE]!
    this.merge = (words[loop + L_MODE]! & MODE_MERGE) !== 0
    this.gate = gate
    this.isFirst = words[loop + L_SERIAL] === 1
  }

  run(first: number, end: number): number {
    const { words, loop, data, fails, merge, gate, isFirst } = this
    if (gate >= 0) {
      if (isFirst) while (load(words, gate) === 0) wait(words, gate, 0, Infinity)
      else {
        store(words, gate, 1)
        notify(words, gate)
      }
    }
    for (let unit = first; unit < end; unit++) {
      if (!merge && unit >= load(words, loop + L_FAILED_UNIT)) break
      words[data + unit]!++
      if (fails >= 0 && unit >= fails) return unit
    }
    return NO_FAILURE
  }

  ran(): boolean {
    return true
  }

  stole(): void {}

  drained(): void {}
}

/** A slot that nobody uses and nobody is still leaving, as `loops/slots.ts` finds it; -1 if there is none. */
function acquire(words: Int32Array, workers: number, taken: number): number {
  for (let slot = 0; slot < LOOP_SLOTS; slot++) {
    if (slot !== taken && inside(words, loopAt(slot, workers)) === 0) return slot
  }
  return -1
}

/** Writes the descriptor with plain stores and opens the loop. Returns its slot. */
function publish(words: Int32Array, workers: number, plan: Plan, taken: number): number {
  const slot = acquire(words, workers, taken)
  ensure(slot >= 0, 'no free slot')
  const loop = loopAt(slot, workers)
  words[loop + L_SERIAL] = plan.serial
  words[loop + L_KERNEL] = plan.data
  words[loop + L_MODE] = plan.mode
  words[loop + L_UNIT_COUNT] = plan.units
  words[loop + L_SHARE] = plan.share
  words[loop + L_CLAIM] = plan.claim
  words[loop + L_SHAPE] = plan.fails
  open(words, loop, H_LOOPS_OPEN, slot, 0, plan.units, plan.limit, NORMAL)
  return slot
}

/** A sync call: takes part, then waits for what others took. */
export function callSync(words: Int32Array, workers: number, plan: Plan, wakes: boolean): void {
  const slot = publish(words, workers, plan, -1)
  const loop = loopAt(slot, workers)
  if (wakes) wakeOne(words, workers)
  const runner = runnerOf(words, loop, -1)
  participate(words, loop, workers, 0, runner)
  waitBlocking(words, workers, loop, runner)
  settle(words, loop, slot, plan)
}

function waitBlocking(words: Int32Array, workers: number, loop: number, runner: Runner): void {
  if (remaining(words, loop) === 0) return
  store(words, loop + L_WAITING, WAITS_FOR_REMAINING)
  for (;;) {
    // A range that was on its way between two workers may have come back into sight.
    if (hasWork(words, loop, workers)) participate(words, loop, workers, 0, runner)
    const left = remaining(words, loop)
    if (left === 0) return
    wait(words, loop + L_REMAINING, left, Infinity)
  }
}

/** An async call: workers do it all. */
export function callAsync(words: Int32Array, workers: number, plan: Plan): void {
  const slot = publish(words, workers, plan, -1)
  wakeOne(words, workers)
  awaitEnd(words, loopAt(slot, workers))
  settle(words, loopAt(slot, workers), slot, plan)
}

/**
 * A call whose caller learns, sooner or later, that worker 0, thread `victim` of the model, is dead; then another call in the same slot.
 * Mirrors `pool.ts` and `loops/engine.ts`. Nobody takes the seat: what it leaves is left to other workers, or
 * to the caller if there are none.
 */
export function survivor(
  words: Int32Array,
  workers: number,
  plans: readonly Plan[],
  takesPart: boolean,
  victim: number,
): void {
  const slot = publish(words, workers, plans[0]!, -1)
  const loop = loopAt(slot, workers)
  const dead = workerAt(0, workers)
  wakeOne(words, workers)
  if (takesPart) participate(words, loop, workers, 0, runnerOf(words, loop, -1))
  // A thread that does nothing any more before its death is noticed is dead already.
  kill(victim)
  cancelSleep(words, dead)
  const current = load(words, dead + W_CURRENT) - 1
  store(words, dead + W_CURRENT, 0)
  if (current === slot) {
    failFrom(words, loop, CANCELLED)
    close(words, loop, H_LOOPS_OPEN, slot)
    while (!isLeft(words, workers, slot)) pause()
    abandon(words, loop, workers)
    wakeAll(words, workers)
  } else {
    wakeAll(words, workers)
    if (workers === 1) waitBlocking(words, workers, loop, runnerOf(words, loop, -1))
    else awaitEnd(words, loop)
    settle(words, loop, slot, plans[0]!)
    // Others may still be leaving.
    while (inside(words, loop) !== 0) pause()
  }
  callSync(words, workers, plans[1]!, false)
}

function isLeft(words: Int32Array, workers: number, slot: number): boolean {
  for (let worker = 0; worker < workers; worker++) {
    if (load(words, workerAt(worker, workers) + W_CURRENT) === slot + 1) return false
  }
  return true
}

/** An async call that nobody waits for here: whoever strands it leaves a chunk that never ran. */
export function opener(words: Int32Array, workers: number, plan: Plan): void {
  publish(words, workers, plan, -1)
  wakeOne(words, workers)
}

/** A worker that is busy until a chunk opens the gate. */
export function busyThread(words: Int32Array, workers: number, self: number, gate: number): void {
  while (load(words, gate) === 0) wait(words, gate, 0, Infinity)
  workerThread(words, workers, self, gate)
}

/** Two async calls in flight. */
export function callTwo(words: Int32Array, workers: number, first: Plan, second: Plan): void {
  const one = publish(words, workers, first, -1)
  wakeOne(words, workers)
  const two = publish(words, workers, second, one)
  wakeOne(words, workers)
  awaitEnd(words, loopAt(one, workers))
  settle(words, loopAt(one, workers), one, first)
  awaitEnd(words, loopAt(two, workers))
  settle(words, loopAt(two, workers), two, second)
}

/** An async call that is cancelled when it has hardly begun. */
export function callCancelled(words: Int32Array, workers: number, plan: Plan): void {
  const slot = publish(words, workers, plan, -1)
  const loop = loopAt(slot, workers)
  wakeOne(words, workers)
  failFrom(words, loop, CANCELLED)
  participate(words, loop, workers, 0, runnerOf(words, loop, -1))
  awaitEnd(words, loop)
  close(words, loop, H_LOOPS_OPEN, slot)
  ensure(load(words, loop + L_FAILED_UNIT) === CANCELLED, 'the cancellation was overwritten')
  for (let unit = 0; unit < plan.units; unit++) {
    ensure(words[plan.data + unit] <= 1, `chunk ${unit} ran ${words[plan.data + unit]} times`)
  }
}

/** `#waitAsync` of the engine, for one loop at a time. */
function awaitEnd(words: Int32Array, loop: number): void {
  store(words, loop + L_WAITING, WAITS_FOR_REMAINING)
  for (;;) {
    const left = remaining(words, loop)
    if (left === 0) return
    wait(words, loop + L_REMAINING, left, Infinity)
  }
}

/** Closes the loop and looks at what its chunks left. */
function settle(words: Int32Array, loop: number, slot: number, plan: Plan): void {
  close(words, loop, H_LOOPS_OPEN, slot)
  const failed = load(words, loop + L_FAILED_UNIT)
  const { fails, units, data } = plan
  ensure(failed === (fails < 0 ? NO_FAILURE : fails), `chunk ${failed} is reported as failed`)
  for (let unit = 0; unit < units; unit++) {
    const ran = words[data + unit]
    const must = fails < 0 || unit <= fails
    ensure(ran === 1 || (!must && ran === 0), `chunk ${unit} ran ${ran} times`)
  }
}

/** Ends all workers, as `pool.ts` does. */
export function closePool(words: Int32Array, workers: number): void {
  store(words, H_STOP, 1)
  wakeAll(words, workers)
}

/** Gives the last tier up, whatever the load is. */
export function shrinker(words: Int32Array, all: number, others: number): void {
  shrink(words, all, others)
}

/** Calls one after the other, then perhaps the end of the pool. */
export function caller(
  words: Int32Array,
  workers: number,
  kind: 'sync' | 'lazy' | 'async' | 'two' | 'cancelled',
  plans: readonly Plan[],
  closes: boolean,
): void {
  if (kind === 'two') callTwo(words, workers, plans[0]!, plans[1]!)
  else {
    for (let at = 0; at < plans.length; at++) {
      if (kind === 'async') callAsync(words, workers, plans[at]!)
      else if (kind === 'cancelled') callCancelled(words, workers, plans[at]!)
      else callSync(words, workers, plans[at]!, kind === 'sync')
    }
  }
  if (closes) closePool(words, workers)
}
