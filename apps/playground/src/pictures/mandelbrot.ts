import type { Work } from '../programs/program.ts'
import { gradient, shade } from './gradient.ts'
import type { Picture } from './picture.ts'

/** Few steps dark, many bright, on a logarithmic scale; the set itself black. Points not computed yet are as if they took none. */
export const mandelbrotPicture: Picture = {
  kind: 'pixels',
  size: (work) => ({ width: widthOf(work), height: work.length }),
  paint({ work }, pixels) {
    const steps = work.arrays['steps']!
    const { limit } = work.args(0) as { limit: number }
    const scale = 1 / Math.log(limit)
    for (let at = 0; at < pixels.length; at++) {
      const count = steps[at]!
      pixels[at] =
        count >= limit || count === 0 ? gradient[0]! : shade(Math.log(count + 1) * scale * 1.6)
    }
  },
}

function widthOf({ arrays, length }: Work): number {
  return arrays['steps']!.length / length
}
