import counterCells from './counter-cells.kernel.js?raw'
import counterLocal from './counter-local.kernel.js?raw'
import counterNone from './counter-none.kernel.js?raw'
import counterReduce from './counter-reduce.kernel.js?raw'
import counterShared from './counter-shared.kernel.js?raw'
import heat from './heat.kernel.js?raw'
import mandelbrot from './mandelbrot.kernel.js?raw'
import nbody from './nbody.kernel.js?raw'
import particles from './particles.kernel.js?raw'
import quicksort from './quicksort.kernel.js?raw'
import type { Program } from './program.ts'

const files: Readonly<Record<string, string>> = {
  mandelbrot,
  particles,
  nbody,
  heat,
  'counter-shared': counterShared,
  'counter-adjacent': counterCells,
  'counter-padded': counterCells,
  'counter-local': counterLocal,
  'counter-reduce': counterReduce,
  'counter-none': counterNone,
  quicksort,
}

const BEFORE = 'export default '

/** The text of a program's kernel as it comes: the very file that workers load, without its type. */
export function readyText({ id }: Program): string {
  const file = files[id]!
  return file.slice(file.indexOf(BEFORE) + BEFORE.length).trim()
}
