/** @type {(y: number, args: import('./mandelbrot.ts').Picture) => void} */
export default (y, { steps, width, height, limit }) => {
  // Rows cost nothing or a lot: idle workers steal some.
  for (let x = 0; x < width; x++) {
    const cr = (x / width) * 3 - 2.2
    const ci = (y / height) * 2 - 1
    let zr = 0
    let zi = 0
    let count = 0
    while (count < limit && zr * zr + zi * zi < 4) {
      const next = zr * zr - zi * zi + cr
      zi = 2 * zr * zi + ci
      zr = next
      count++
    }
    steps[y * width + x] = count
  }
}
