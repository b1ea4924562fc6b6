/** @type {(ctx: import('./quicksort.ts').Spawning, args: import('./quicksort.ts').Part) => void} */
export default function quicksort(ctx, { data, start, end }) {
  if (end - start <= 4096) {
    data.subarray(start, end).sort()
    return
  }
  // Hoare's partition: up to j not above the pivot.
  const pivot = data[(start + end - 1) >> 1]
  let i = start - 1
  let j = end
  for (;;) {
    do i++
    while (data[i] < pivot)
    do j--
    while (data[j] > pivot)
    if (i >= j) break
    const swapped = data[i]
    data[i] = data[j]
    data[j] = swapped
  }
  // A child for each side: whoever is idle takes one.
  const middle = j + 1
  const left = ctx.spawn(quicksort, { data, start, end: middle })
  const right = ctx.spawn(quicksort, { data, start: middle, end })
  ctx.wait(left, right)
}
