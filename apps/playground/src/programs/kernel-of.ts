/** What the library runs for a program: its kernel from the module, or the one whose text was edited. */
import { job, range, reduce } from 'spillway/kernel'
import type { JobKernel, LoopKernel, RangeKernel, ReduceKernel } from 'spillway/kernel'
import { evaluate } from './body-of.ts'
import type { EachBody, RangeBody, Reduction } from './body-of.ts'
import type { Args, Program } from './program.ts'
import type { Part } from './quicksort.ts'
import { ready } from './ready.kernels.ts'

export type Kernel =
  | { readonly form: 'each'; readonly kernel: LoopKernel<Args> | EachBody }
  | { readonly form: 'range'; readonly kernel: RangeKernel<Args> }
  | { readonly form: 'reduce'; readonly kernel: ReduceKernel<Args, number> }
  | { readonly form: 'job'; readonly kernel: JobKernel<Part> }

/** `text` is null for the kernel as it comes. Throws the text's own mistakes; the library's refusals come with the call. */
export function kernelOf(program: Program, text: string | null): Kernel {
  const { form, id } = program
  if (text === null) return { form, kernel: (ready as Record<string, unknown>)[id] } as Kernel
  const value = evaluate(program, text)
  if (form === 'each') return { form, kernel: value as EachBody }
  if (form === 'range') return { form, kernel: range(value as RangeBody) }
  if (form === 'reduce') return { form, kernel: reduce(value as Reduction) }
  return { form, kernel: job(value as never) as JobKernel<Part> }
}

/** Programs whose kernel is in no module: it always travels as source text. */
export function isInline({ id }: Program): boolean {
  return !(id in ready)
}
