/**
 * A loop in shared memory: opened by a caller, joined by workers, ended when every chunk is accounted for.
 *
 * README.md in this folder tells the protocol: states, who owns which word, what can race and why that is harmless.
 */
import {
  CANCELLED,
  INSIDE_MASK,
  LEVEL_SHIFT,
  LIMIT_MASK,
  LIMIT_SHIFT,
  L_CLAIM,
  L_CURSOR,
  L_FAILED_UNIT,
  L_MODE,
  L_REMAINING,
  L_SERIAL,
  L_SHARE,
  L_STATE,
  L_UNIT_COUNT,
  L_WAITING,
  MODE_GUIDED,
  NO_FAILURE,
  OPEN,
  P_ERROR_UNIT,
  P_RANGE,
  P_VISIT,
  participantAt,
} from '../layout/layout.ts'
import { LEVEL_MASK } from '../layout/jobs.ts'
import { and, compareAndSet, load, notify, or, store, sub } from './atomics.ts'
import { EMPTY, endOf, firstOf, lengthOf, pack, stealHalf, take } from './range.ts'
import { wakeOne, wakeThread } from './sleep/park.ts'

/** WAITING: the caller sleeps on REMAINING, or (plus its number) the thread that called sleeps on its PARK word. */
export const WAITS_FOR_REMAINING = 1
export const WAITS_PARKED = 2

/** What a participant does with the chunks it took. */
export interface Runner {
  /** Runs chunks [first, end). Returns the lowest that failed, or NO_FAILURE. Must not throw. */
  run(first: number, end: number): number
  /** Told after each claim. False makes the participant leave, though chunks may be left. */
  ran(first: number, end: number): boolean
  /** Told after it stole so many chunks from the range of participant `victim`. */
  stole(victim: number, units: number): void
  /** Told before the chunks run so far are accounted for: the last moment to leave something that the caller will read. */
  drained(): void
}

/**
 * Publishes chunks [first, units) of a loop whose descriptor the caller has written with plain stores. `mask` is the word with the bit
 * that stands for the slot, `bit` its number; `level` the priority. Caller only.
 */
export function open(
  words: Int32Array,
  loop: number,
  mask: number,
  bit: number,
  first: number,
  units: number,
  limit: number,
  level: number,
): void {
  words[loop + L_WAITING] = 0
  words[loop + L_CURSOR] = first
  words[loop + L_FAILED_UNIT] = NO_FAILURE
  words[loop + L_REMAINING] = units - first
  words[participantAt(loop, 0) + P_RANGE] = isGuided(words, loop) ? EMPTY : pack(first, units)
  // The store orders all plain ones before it: whoever sees OPEN sees the descriptor.
  store(words, loop + L_STATE, OPEN | (level << LEVEL_SHIFT) | (limit << LIMIT_SHIFT))
  or(words, mask, 1 << bit)
}

/** Ends joining. Workers inside may still be leaving; the slot is free again when `inside` says 0. Caller only. */
export function close(words: Int32Array, loop: number, mask: number, bit: number): void {
  and(words, mask, ~(1 << bit))
  and(words, loop + L_STATE, ~OPEN)
}

/** Workers inside the slot; it may only be reused at 0. */
export function inside(words: Int32Array, loop: number): number {
  return load(words, loop + L_STATE) & INSIDE_MASK
}

/**
 * Makes a slot new whose loop will never end, because a worker died in it: nobody inside, no chunks left over for a later loop to find.
 * Only once no living worker is inside or about to try. Caller only.
 */
export function abandon(words: Int32Array, loop: number, workers: number): void {
  for (let participant = 0; participant <= workers; participant++) {
    store(words, participantAt(loop, participant) + P_RANGE, EMPTY)
  }
  store(words, loop + L_STATE, 0)
}

/** Joins if the loop is open and below its limit. On true, plain reads of the descriptor are ordered. Workers only. */
export function enter(words: Int32Array, loop: number): boolean {
  for (;;) {
    const state = load(words, loop + L_STATE)
    if (!admits(state)) return false
    if (compareAndSet(words, loop + L_STATE, state, state + 1)) return true
  }
}

function admits(state: number): boolean {
  return (state & OPEN) !== 0 && (state & INSIDE_MASK) < ((state >>> LIMIT_SHIFT) & LIMIT_MASK)
}

/** True if another worker could join. May be late. Any thread. */
export function hasRoom(words: Int32Array, loop: number): boolean {
  return admits(load(words, loop + L_STATE))
}

/** True if another worker could join, and the loop has priority `level` (-1 for any). May be late. Any thread. */
export function hasRoomAt(words: Int32Array, loop: number, level: number): boolean {
  const state = load(words, loop + L_STATE)
  return (level < 0 || ((state >>> LEVEL_SHIFT) & LEVEL_MASK) === level) && admits(state)
}

export function leave(words: Int32Array, loop: number): void {
  sub(words, loop + L_STATE, 1)
}

/** True if some chunk can still be taken. May be late in both directions. Any thread. */
export function hasWork(words: Int32Array, loop: number, workers: number): boolean {
  if (load(words, loop + L_CURSOR) < words[loop + L_UNIT_COUNT] && isGuided(words, loop))
    return true
  for (let participant = 0; participant <= workers; participant++) {
    if (lengthOf(load(words, participantAt(loop, participant) + P_RANGE)) > 0) return true
  }
  return false
}

/** Makes participants skip all chunks from `unit` on; CANCELLED skips everything. Any thread. */
export function failFrom(words: Int32Array, loop: number, unit: number): void {
  for (;;) {
    const failed = load(words, loop + L_FAILED_UNIT)
    if (failed <= unit) return
    if (compareAndSet(words, loop + L_FAILED_UNIT, failed, unit)) return
  }
}

export function isCancelled(words: Int32Array, loop: number): boolean {
  return load(words, loop + L_FAILED_UNIT) === CANCELLED
}

/** Chunks not yet accounted for. 0 is final, and orders everything the participants wrote before it. */
export function remaining(words: Int32Array, loop: number): number {
  return load(words, loop + L_REMAINING)
}

/**
 * Takes and runs chunks until none can be found. `self` is the participant number: 0 for the caller, worker + 1 for workers, who
 * must be inside; `victims` are workers, in the order in which it steals from them, null for the next one on. Returns the number of
 * ranges stolen.
 */
export function participate(
  words: Int32Array,
  loop: number,
  workers: number,
  self: number,
  runner: Runner,
  victims: readonly number[] | null = null,
): number {
  const own = participantAt(loop, self)
  beginVisit(words, loop, own)
  const guided = isGuided(words, loop)
  let unaccounted = 0
  let steals = 0
  // The caller wakes by its own judgement of what the loop will cost.
  let arrived = self !== 0
  const most = words[loop + L_CLAIM]
  for (;;) {
    const range = guided ? takeGuided(words, loop, workers) : take(words, own + P_RANGE, most)
    if (range === EMPTY) {
      if (unaccounted > 0) {
        runner.drained()
        account(words, loop, workers, unaccounted)
      }
      unaccounted = 0
      const stolen = guided ? EMPTY : steal(words, loop, workers, self, victims, runner)
      if (stolen === EMPTY) return steals
      steals++
      // Empty until now, so no compare-and-set of a thief can be under way on it that would succeed wrongly.
      store(words, own + P_RANGE, stolen)
      arrived = true
      continue
    }
    // Whoever finds more than it takes wakes the next one, so that waking a crowd takes logarithmic time.
    if (arrived && hasRoom(words, loop) && hasWork(words, loop, workers)) wakeOne(words, workers)
    arrived = false
    const first = firstOf(range)
    const end = endOf(range)
    // Chunks behind a failure are skipped, those before it still run, so that the lowest failing chunk always gets its turn.
    if (first < load(words, loop + L_FAILED_UNIT)) {
      const failed = runner.run(first, end)
      if (failed !== NO_FAILURE) {
        if (failed < words[own + P_ERROR_UNIT]) words[own + P_ERROR_UNIT] = failed
        failFrom(words, loop, failed)
      }
      unaccounted += end - first
      if (!runner.ran(first, end)) {
        runner.drained()
        account(words, loop, workers, unaccounted)
        return steals
      }
    } else unaccounted += end - first
  }
}

function isGuided(words: Int32Array, loop: number): boolean {
  return (words[loop + L_MODE] & MODE_GUIDED) !== 0
}

/** The rest of a participant's line is about one loop only; the first visit to a new loop in this slot resets it. */
function beginVisit(words: Int32Array, loop: number, own: number): void {
  const serial = words[loop + L_SERIAL]
  if (words[own + P_VISIT] === serial) return
  words[own + P_VISIT] = serial
  words[own + P_ERROR_UNIT] = NO_FAILURE
}

/** Subtracts finished chunks; whoever reaches 0 wakes a sleeping caller, who set WAITING before it last looked. */
function account(words: Int32Array, loop: number, workers: number, units: number): void {
  if (sub(words, loop + L_REMAINING, units) !== units) return
  const waiting = load(words, loop + L_WAITING)
  if (waiting === WAITS_FOR_REMAINING) notify(words, loop + L_REMAINING)
  else if (waiting !== 0) wakeThread(words, workers, waiting - WAITS_PARKED)
}

/** The root range first (there a joining worker takes its share), then the others in the thief's order. */
function steal(
  words: Int32Array,
  loop: number,
  workers: number,
  self: number,
  victims: readonly number[] | null,
  runner: Runner,
): number {
  if (self !== 0) {
    const share = stealHalf(words, participantAt(loop, 0) + P_RANGE, words[loop + L_SHARE])
    if (share !== EMPTY) {
      runner.stole(0, lengthOf(share))
      return share
    }
  }
  for (let turn = 0; turn < workers; turn++) {
    const victim = victimOf(victims, workers, self, turn)
    const range = participantAt(loop, victim) + P_RANGE
    const stolen = victim === 0 ? EMPTY : stealHalf(words, range, MAX_STEAL)
    if (stolen !== EMPTY) {
      runner.stole(victim, lengthOf(stolen))
      return stolen
    }
  }
  return EMPTY
}
const MAX_STEAL = 0xffff

/** The participant to look at in this turn; 0 for nobody. */
function victimOf(
  victims: readonly number[] | null,
  workers: number,
  self: number,
  turn: number,
): number {
  if (victims === null) return (self + 1 + turn) % (workers + 1)
  return turn < victims.length ? victims[turn] + 1 : 0
}

/** Guided self-scheduling (Polychronopoulos and Kuck, 1987): half a fair share of what is left. Touches a shared word per claim. */
function takeGuided(words: Int32Array, loop: number, workers: number): number {
  const units = words[loop + L_UNIT_COUNT]
  for (;;) {
    const first = load(words, loop + L_CURSOR)
    if (first >= units) return EMPTY
    const end = first + Math.max(1, Math.floor((units - first) / (2 * (workers + 1))))
    if (compareAndSet(words, loop + L_CURSOR, first, end)) return pack(first, end)
  }
}
