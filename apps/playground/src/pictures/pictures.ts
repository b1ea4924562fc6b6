import { variantOf } from '../programs/counter.ts'
import type { Program } from '../programs/program.ts'
import { nbodyPicture, particlesPicture } from './clouds.ts'
import { counterPicture } from './counter.ts'
import { heatPicture } from './heat.ts'
import { mandelbrotPicture } from './mandelbrot.ts'
import type { Picture } from './picture.ts'
import { quicksortPicture } from './quicksort.ts'

const pictures: Readonly<Record<string, Picture>> = {
  mandelbrot: mandelbrotPicture,
  particles: particlesPicture,
  nbody: nbodyPicture,
  heat: heatPicture,
  quicksort: quicksortPicture,
}

export function pictureOf(program: Program): Picture {
  const variant = variantOf(program)
  return variant === null ? pictures[program.family]! : counterPicture(variant)
}
