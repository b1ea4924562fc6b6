// The hand-made pool's shared words, 128 bytes apart where two threads write, and the loop both run.
export const REQUEST = 0
export const START = 1
export const END = 2
export const SHOULD_SPIN = 3
export const SHOULD_NOTIFY = 4
export const ANSWER = 32
export const WORDS = 64

function emptyBody(_index: number): void {}

export function emptyLoop(start: number, end: number): void {
  for (let index = start; index < end; index++) emptyBody(index)
}
