import { job, kernels } from 'spillway/kernel'

interface Slice {
  data: Float64Array
  start: number
  end: number
}

const SHORT = 1024

export const { mergeSort } = kernels(import.meta.url, {
  mergeSort: job((ctx, { data, start, end }: Slice): void => {
    if (end - start <= SHORT) {
      data.subarray(start, end).sort()
      return
    }
    const middle = (start + end) >> 1
    const left = { data, start, end: middle }
    const right = { data, start: middle, end }
    ctx.join(mergeSort, left, mergeSort, right, () => {})
    // Memory of this call alone: zeroed, on the shared heap, and given back when it returns.
    const merged = ctx.scratch(Float64Array, end - start)
    merge(data, start, middle, end, merged)
    data.set(merged, start)
  }),
})

function merge(from: Float64Array, start: number, middle: number, end: number, to: Float64Array) {
  let [left, right] = [start, middle]
  for (let i = 0; i < to.length; i++) {
    const takesLeft = right === end || (left < middle && from[left] <= from[right])
    to[i] = takesLeft ? from[left++] : from[right++]
  }
}
