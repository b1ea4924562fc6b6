/** The functions of kernels, for threads with and without the library. */
import counterCells from './counter-cells.kernel.js'
import counterLocal from './counter-local.kernel.js'
import counterNone from './counter-none.kernel.js'
import counterReduce from './counter-reduce.kernel.js'
import counterShared from './counter-shared.kernel.js'
import heat from './heat.kernel.js'
import mandelbrot from './mandelbrot.kernel.js'
import nbody from './nbody.kernel.js'
import particles from './particles.kernel.js'
import type { Args, Program } from './program.ts'
import quicksort from './quicksort.kernel.js'
import type { Part, Spawning } from './quicksort.ts'

export type EachBody = (index: number, args: Args) => void
export type RangeBody = (start: number, end: number, args: Args) => void
export interface Reduction {
  identity: number
  foldRange(sum: number, start: number, end: number, args: Args): number
  combine(left: number, right: number): number
}
export type JobBody = (ctx: Spawning, args: Part) => void

/** By the program's id. */
export const bodies = {
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
} as const

/** `text` is null for the kernel as it comes. Throws the text's own mistakes. */
export function bodyOf(program: Program, text: string | null): unknown {
  return text === null ? bodies[program.id as keyof typeof bodies] : evaluate(program, text)
}

/** The value of an edited text. Its function gets the program's name, which errors and timelines show. */
export function evaluate({ id, form }: Program, text: string): unknown {
  const name = id.replace(/\W/g, '_')
  // Running the text is what the editor is for; it is the visitor's own.
  // oxlint-disable-next-line typescript/no-implied-eval
  const make = new Function(`"use strict"; const ${name} = (${text}\n); return ${name}`)
  const value: unknown = make()
  const wanted = form === 'reduce' ? 'object' : 'function'
  if (typeof value === wanted && value !== null) return value
  const shape = form === 'reduce' ? 'a record { identity, foldRange, combine }' : 'a function'
  const is = value === null ? 'null' : `of type ${typeof value}`
  throw new TypeError(`the kernel must be ${shape}; the value of this text is ${is}`)
}
