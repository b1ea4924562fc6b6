import { counters } from './counter.ts'
import { heat } from './heat.ts'
import { mandelbrot } from './mandelbrot.ts'
import { nbody } from './nbody.ts'
import { particles } from './particles.ts'
import type { Program } from './program.ts'
import { quicksort } from './quicksort.ts'

/** In the order in which the page shows them. */
export const programs: readonly Program[] = [
  mandelbrot,
  particles,
  nbody,
  heat,
  ...counters,
  quicksort,
]

export function programById(id: string): Program {
  const found = programs.find((program) => program.id === id)
  if (found === undefined) throw new RangeError(`no program is called ${id}`)
  return found
}
