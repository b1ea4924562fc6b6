import type { Colours } from '../style/colours.ts'
import type { Work } from '../programs/program.ts'

export interface Scene {
  readonly work: Work
  /** Steps that have ended; the arrays that the next one reads hold the result so far. */
  readonly stepsDone: number
  readonly workers: number
  readonly colours: Colours
}

/** How a program's arrays are shown. Both kinds may be asked while workers still write. */
export type Picture =
  | {
      /** One pixel per element, or so; scaled by the page. */
      readonly kind: 'pixels'
      size(work: Work): { readonly width: number; readonly height: number }
      paint(scene: Scene, pixels: Uint32Array, width: number, height: number): void
    }
  | {
      /** Lines and shapes at the screen's own resolution. */
      readonly kind: 'drawing'
      draw(scene: Scene, context: CanvasRenderingContext2D, width: number, height: number): void
    }
