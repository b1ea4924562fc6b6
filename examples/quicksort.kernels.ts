import { job, kernels } from 'spillway/kernel'

interface Slice {
  data: Float64Array
  start: number
  end: number
}

const SHORT = 1024

export const { quicksort } = kernels(import.meta.url, {
  // Both sides may run in parallel; the right one is handed out only while another thread looks for work.
  quicksort: job((ctx, { data, start, end }: Slice): void => {
    if (end - start <= SHORT) {
      data.subarray(start, end).sort()
      return
    }
    const middle = partition(data, start, end)
    const [left, right] = [
      { data, start, end: middle },
      { data, start: middle, end },
    ]
    ctx.join(quicksort, left, quicksort, right, () => {})
  }),
})

/** Hoare's partition: what lies before the index returned is not above the pivot, what lies behind is not below. */
function partition(data: Float64Array, start: number, end: number): number {
  const pivot = data[(start + end - 1) >> 1]
  let [i, j] = [start - 1, end]
  for (;;) {
    do i++
    while (data[i] < pivot)
    do j--
    while (data[j] > pivot)
    if (i >= j) return j + 1
    const swapped = data[i]
    data[i] = data[j]
    data[j] = swapped
  }
}
