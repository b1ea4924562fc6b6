/** @type {(start: number, end: number, args: import('./counter.ts').Cells) => void} */
export default (start, end, { words, depth, expected }) => {
  for (let i = start; i < end; i++) {
    let before = 0
    let last = 1
    for (let k = 1; k < depth; k++) {
      const next = before + last
      before = last
      last = next
    }
    // Written only if wrong, yet every result is needed.
    if (last !== expected) Atomics.store(words, 0, 1)
  }
}
