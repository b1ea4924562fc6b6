/** The canvas that shows a program's arrays, while it runs and afterwards. */
import { element } from '../shell/element.ts'
import { colours } from '../style/colours.ts'
import type { Program, Work } from '../programs/program.ts'
import type { Picture, Scene } from './picture.ts'
import { pictureOf } from './pictures.ts'

interface Shown {
  readonly picture: Picture
  readonly work: Work
  readonly workers: number
  stepsDone: number
}

export class Screen {
  readonly #canvas = element('picture', HTMLCanvasElement)
  #shown: Shown | null = null
  #image: ImageData | null = null

  constructor() {
    new ResizeObserver(() => {
      if (this.#shown?.picture.kind === 'drawing') this.draw()
    }).observe(this.#canvas)
  }

  show(program: Program, work: Work, workers: number): void {
    this.#shown = { picture: pictureOf(program), work, workers, stepsDone: 0 }
    this.#canvas.dataset['kind'] = this.#shown.picture.kind
    this.#canvas.setAttribute('aria-label', `Picture of ${program.title}`)
    this.draw()
  }

  /** Draws what the arrays hold now. */
  draw(stepsDone = this.#shown?.stepsDone ?? 0): void {
    const shown = this.#shown
    if (shown === null) return
    shown.stepsDone = stepsDone
    const { picture, work, workers } = shown
    const scene = { work, stepsDone, workers, colours: colours() }
    if (picture.kind === 'pixels') this.#paint(picture, scene)
    else this.#drawShapes(picture, scene)
  }

  #paint(picture: Extract<Picture, { kind: 'pixels' }>, scene: Scene): void {
    const { width, height } = picture.size(scene.work)
    const canvas = this.#canvas
    if (canvas.width !== width || canvas.height !== height || this.#image?.width !== width) {
      canvas.width = width
      canvas.height = height
      this.#image = new ImageData(width, height)
    }
    const image = this.#image
    picture.paint(scene, new Uint32Array(image.data.buffer), width, height)
    canvas.getContext('2d')!.putImageData(image, 0, 0)
  }

  #drawShapes(picture: Extract<Picture, { kind: 'drawing' }>, scene: Scene): void {
    const canvas = this.#canvas
    const { clientWidth: width, clientHeight: height } = canvas
    canvas.width = Math.round(width * devicePixelRatio)
    canvas.height = Math.round(height * devicePixelRatio)
    this.#image = null
    const context = canvas.getContext('2d')!
    context.scale(devicePixelRatio, devicePixelRatio)
    picture.draw(scene, context, width, height)
  }
}
