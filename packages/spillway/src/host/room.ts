/**
 * Whether the stack of this thread has room. Whoever moves a job, a chunk or a block of memory from one place to another asks first:
 * an overflow halfway would lose it, and the engine throws one at any call. `docs/decisions/0012-room-on-the-stack.md` has what it costs.
 */
import { rangeError } from '../errors.ts'
import { now } from './clock.ts'
import { makeDescend } from './deep-call.ts'
import { isNode } from './runtime.ts'

/** Of 8 bytes each. */
const FRAME_VALUES = 512
/** V8 wants 40 kB to compile a function that is called for the first time; the rest is for frames. */
const FRAMES = 12
/** A body that is begun leaves enough for what follows it, though that lies a little higher. */
const FRAMES_WITH_BODY = 16

/** Making the function takes as long as asking this often without it. */
const FIRST_LOOKS = 256

/**
 * A page's security policy may forbid WebAssembly, and reports every try. There asking stays dear: if all was found a moment ago, it
 * is asked for an eighth, which leaves a gap for recursion that is as fast as that.
 */
const inPage = !isNode()
const MOMENT_MS = 0.05
let foundAll = -1

let looks = 0
let descend: ((calls: number) => void) | null = null

/** True if there is room for whatever the library does between two calls of a body. */
export function hasRoom(): boolean {
  return fits(FRAMES)
}

/** True if there is room to begin a body, and for what the library does after it. */
export function hasRoomForBody(): boolean {
  return fits(FRAMES_WITH_BODY)
}

/** Throws RangeError ERR_TOO_DEEP unless there is room. `what` names the call. */
export function requireRoom(what: string): void {
  if (!hasRoom()) throw outOfRoom(what)
}

/** The same with a body. */
export function requireRoomForBody(what: string): void {
  if (!hasRoomForBody()) throw outOfRoom(what)
}

function outOfRoom(what: string): Error {
  return rangeError(
    'ERR_TOO_DEEP',
    `${what} was called where the stack of its thread is nearly used up; it needs some 60 kB`,
  )
}

function fits(frames: number): boolean {
  try {
    if (descend !== null) descend(frames)
    else if (inPage) fitsInPage(frames * FRAME_VALUES)
    else {
      push(frames * FRAME_VALUES)
      if (++looks === FIRST_LOOKS) descend = makeDescend(FRAME_VALUES)
    }
    return true
  } catch {
    return false
  }
}

function fitsInPage(words: number): void {
  const time = now()
  if (time - foundAll < MOMENT_MS) return push(words / 8)
  push(words)
  foundAll = time
}

/** All arguments of a call go onto the stack at once, or the call throws. */
function push(words: number): void {
  Reflect.apply(fill, undefined, argumentsOf(words))
}

function fill(): void {}

const lists = new Map<number, readonly undefined[]>()

function argumentsOf(words: number): readonly undefined[] {
  const known = lists.get(words)
  if (known !== undefined) return known
  // Every thread needs one before its first loop, and `Array.from` takes ten times as long.
  // oxlint-disable-next-line unicorn/no-new-array
  const list = new Array<undefined>(words).fill(undefined)
  lists.set(words, list)
  return list
}
