/** How a thread gets the argument shapes that others named. */
import type { Catalogue } from '../heap/catalogue.ts'
import { buildShape } from './shape.ts'
import type { Shape } from './shape.ts'

/** Argument shapes of a thread by their catalogue id. */
export class ShapeReader {
  readonly #catalogue: Catalogue
  readonly #shapes: (Shape | undefined)[] = []

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue
  }

  get(id: number): Shape {
    return (this.#shapes[id] ??= this.#read(id))
  }

  #read(id: number): Shape {
    const entry = this.#catalogue.get(id)
    if (entry.type !== 'shape') throw new Error(`catalogue: entry ${id} is no shape`)
    return buildShape(id, entry.tree)
  }
}
