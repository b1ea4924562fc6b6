/** @type {(start: number, end: number, args: import('./counter.ts').Cells) => void} */
export default (start, end, { words, stride, span, depth }) => {
  // Each worker's part has a word, `stride` from the next.
  const at = (Math.floor(start / span) * stride) | 0
  for (let i = start; i < end; i++) {
    let before = 0
    let last = 1
    for (let k = 1; k < depth; k++) {
      const next = before + last
      before = last
      last = next
    }
    Atomics.add(words, at, last)
  }
}
