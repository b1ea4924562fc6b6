/** What a worker does: find a loop, run its chunks, look again, spin a little, sleep. */
import {
  H_LOOPS_OPEN,
  H_STOP,
  LOOP_SLOTS,
  loopAt,
  W_CURRENT,
  W_LOOPS,
  W_STEALS,
  workerAt,
} from '../layout/layout.ts'
import { load, store } from './atomics.ts'
import { enter, hasRoom, hasWork, leave, participate } from './loop.ts'
import type { Runner } from './loop.ts'
import { announceSleep, cancelSleep, park } from './sleep/park.ts'

export const STOPPED = -1

export interface WorkerContext {
  readonly words: Int32Array
  readonly workers: number
  readonly worker: number
  readonly spinMs: number
  now(): number
  pause(): void
  /**
   * The runner for the loop in `slot`, or null if this thread first has to fetch something through its event loop (a kernels module,
   * a foreign buffer). Called inside the loop.
   */
  prepare(slot: number, loop: number): Runner | null
}

/** Serves loops until the system stops (STOPPED) or a loop needs something from the event loop (its slot). May block. */
export function serve(context: WorkerContext): number {
  const { words, workers, worker } = context
  const self = workerAt(worker, workers)
  let lastSlot = 0
  let idleSince = context.now()
  for (;;) {
    if (load(words, H_STOP) !== 0) return STOPPED
    const slot = findLoop(words, workers, lastSlot)
    if (slot >= 0) {
      if (!join(context, self, slot)) return slot
      lastSlot = slot
      idleSince = context.now()
    } else if (!spin(context, idleSince)) {
      sleep(words, workers, self)
      idleSince = context.now()
    }
  }
}

/** An open loop with room and chunks left, beginning the search at `from`; -1 if there is none. */
function findLoop(words: Int32Array, workers: number, from: number): number {
  const mask = load(words, H_LOOPS_OPEN)
  if (mask === 0) return -1
  for (let step = 0; step < LOOP_SLOTS; step++) {
    const slot = (from + step) % LOOP_SLOTS
    if ((mask & (1 << slot)) === 0) continue
    const loop = loopAt(slot, workers)
    if (hasRoom(words, loop) && hasWork(words, loop, workers)) return slot
  }
  return -1
}

/** False if the loop needs something that only the event loop can bring. */
function join(context: WorkerContext, self: number, slot: number): boolean {
  const { words, workers, worker } = context
  const loop = loopAt(slot, workers)
  // CURRENT comes first: if this thread dies from here on, the caller knows which loop it may have taken chunks of.
  store(words, self + W_CURRENT, slot + 1)
  let prepared = true
  if (enter(words, loop)) {
    const runner = context.prepare(slot, loop)
    if (runner === null) prepared = false
    else {
      words[self + W_LOOPS]++
      words[self + W_STEALS] += participate(words, loop, workers, worker + 1, runner)
    }
    leave(words, loop)
  }
  store(words, self + W_CURRENT, 0)
  return prepared
}

/** Looks for work without giving up the core. True if some has come, false once the spin window is over. */
function spin(context: WorkerContext, idleSince: number): boolean {
  const { words } = context
  do {
    for (let look = 0; look < 32; look++) {
      if (load(words, H_LOOPS_OPEN) !== 0 || load(words, H_STOP) !== 0) {
        // Something is open, though perhaps without chunks left: let the caller look, but the window runs on.
        return context.now() - idleSince < context.spinMs
      }
      context.pause()
    }
  } while (context.now() - idleSince < context.spinMs)
  return false
}

function sleep(words: Int32Array, workers: number, self: number): void {
  announceSleep(words, self)
  if (load(words, H_STOP) !== 0 || findLoop(words, workers, 0) >= 0) cancelSleep(words, self)
  else park(words, self)
}
