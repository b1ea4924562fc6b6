/** @type {(start: number, end: number, args: import('./counter.ts').Cells) => void} */
export default (start, end, { words, depth }) => {
  let sum = 0
  for (let i = start; i < end; i++) {
    let before = 0
    let last = 1
    for (let k = 1; k < depth; k++) {
      const next = before + last
      before = last
      last = next
    }
    sum += last
  }
  // One atomic per chunk.
  Atomics.add(words, 0, sum | 0)
}
