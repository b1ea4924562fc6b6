/** @type {(row: number, args: import('./heat.ts').Plate) => void} */
export default (row, { from, to, side, flow }) => {
  // Four neighbours give and take; nothing leaves the plate.
  const here = row * side
  const up = row > 0 ? here - side : here
  const down = row < side - 1 ? here + side : here
  for (let x = 0; x < side; x++) {
    const left = x > 0 ? x - 1 : x
    const right = x < side - 1 ? x + 1 : x
    const own = from[here + x]
    const around = from[up + x] + from[down + x] + from[here + left] + from[here + right]
    to[here + x] = own + flow * (around - 4 * own)
  }
}
