import { each, kernels } from 'spillway/kernel'

export const { row } = kernels(import.meta.url, {
  row: each((y, { image, width, height }: { image: Uint8Array; width: number; height: number }) => {
    for (let x = 0; x < width; x++) {
      const cr = (x / width) * 3 - 2
      const ci = (y / height) * 2 - 1
      let zr = 0
      let zi = 0
      let steps = 0
      while (zr * zr + zi * zi < 4 && steps < 255) {
        const next = zr * zr - zi * zi + cr
        zi = 2 * zr * zi + ci
        zr = next
        steps++
      }
      image[y * width + x] = steps
    }
  }),
})
