import { shade } from './gradient.ts'
import type { Picture } from './picture.ts'

export const heatPicture: Picture = {
  kind: 'pixels',
  size: ({ length }) => ({ width: length, height: length }),
  paint({ work, stepsDone }, pixels) {
    const plate = work.arrays[`plate${stepsDone % 2}`]!
    for (let at = 0; at < pixels.length; at++) pixels[at] = shade(Math.sqrt(plate[at]!))
  },
}
