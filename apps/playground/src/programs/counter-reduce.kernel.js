/** @type {import('./counter.ts').SumReduction} */
export default {
  identity: 0,
  foldRange: (sum, start, end, { depth }) => {
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
    return sum
  },
  combine: (left, right) => left + right,
}
