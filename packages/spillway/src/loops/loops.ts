/**
 * All of loops in the thread that started the system: a file of its own, which loads while the workers boot. A page thus gets what
 * starts them first, and its first script stays small.
 */
import type { BufferTable } from '../binding/buffers.ts'
import { ShapeTable } from '../binding/write.ts'
import type { Catalogue } from '../heap/catalogue.ts'
import { KernelTable } from '../kernels/kernel-table.ts'
import { LoopCalls } from './calls.ts'
import { LoopEngine } from './engine.ts'
import type { EngineSetup } from './setup.ts'
import { LoopSlots, starterSlots } from './slots.ts'

export interface LoopsSetup extends Omit<EngineSetup, 'slots'> {
  readonly catalogue: Catalogue
  readonly buffers: BufferTable
}

export interface Loops {
  readonly kernels: KernelTable
  readonly engine: LoopEngine
  readonly calls: LoopCalls
}

export function makeLoops(setup: LoopsSetup): Loops {
  const { heap, buffers, catalogue, workers } = setup
  const kernels = new KernelTable(catalogue, new ShapeTable(catalogue))
  const slots = new LoopSlots(heap, buffers, starterSlots(workers))
  const engine = new LoopEngine({ ...setup, slots })
  return { kernels, engine, calls: new LoopCalls(engine, kernels, workers) }
}
