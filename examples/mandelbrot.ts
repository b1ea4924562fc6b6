// Rows that cost between nothing and a lot: the adaptive schedule moves chunks from busy workers to idle ones.
// prints a picture, then: inside 25 %
import { JobSystem } from 'spillway'
import { row } from './mandelbrot.kernels.ts'

const jobs = await JobSystem.start()
const [width, height] = [600, 400]
const image = jobs.uint8(width * height)
jobs.parallelForSync(height, row, { image, width, height })

for (let y = 0; y < height; y += 20) {
  const line = Array.from(
    { length: width / 10 },
    (_, x) => ' .:-=+*#%@'[Math.min(9, image[y * width + x * 10] >> 2)],
  )
  console.log(line.join('').trimEnd())
}
const inside = image.reduce((sum, steps) => sum + (steps === 255 ? 1 : 0), 0)
console.log(`inside ${Math.round((100 * inside) / image.length)} %`)
await jobs.close()
