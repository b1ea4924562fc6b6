import { each, kernels, range, reduce } from 'spillway/kernel'
import { bodies } from './body-of.ts'

/**
 * The kernels of the programs as they come, by the program's id. Quicksort's is none of them: its body names itself, so it travels
 * as source text, as an edited one does.
 */
export const ready = kernels(import.meta.url, {
  mandelbrot: each(bodies.mandelbrot),
  particles: each(bodies.particles),
  nbody: each(bodies.nbody),
  heat: each(bodies.heat),
  'counter-shared': range(bodies['counter-shared']),
  'counter-adjacent': range(bodies['counter-adjacent']),
  'counter-padded': range(bodies['counter-padded']),
  'counter-local': range(bodies['counter-local']),
  'counter-reduce': reduce(bodies['counter-reduce']),
  'counter-none': range(bodies['counter-none']),
})
