import type { NumberArray } from '../programs/program.ts'
import { gradient, shade } from './gradient.ts'
import type { Picture, Scene } from './picture.ts'

const SIDE = 400

/** How many points lie in each pixel, on a logarithmic scale. */
function cloud(
  places: (scene: Scene) => readonly [x: NumberArray, y: NumberArray],
  reach: number,
): Picture {
  const counts = new Float32Array(SIDE * SIDE)
  return {
    kind: 'pixels',
    size: () => ({ width: SIDE, height: SIDE }),
    paint(scene, pixels) {
      const [x, y] = places(scene)
      counts.fill(0)
      for (let i = 0; i < x.length; i++) stamp(counts, x[i]! * SIDE, y[i]! * SIDE, reach)
      // Half of the scale is for twice the density that evenly spread points have.
      const even = (x.length * (reach === 0 ? 1 : 4)) / counts.length
      const scale = 0.5 / Math.log1p(2 * Math.max(1, even))
      for (let at = 0; at < pixels.length; at++) {
        pixels[at] =
          counts[at] === 0 ? gradient[0]! : shade(0.3 + Math.log1p(counts[at]!) * scale * 0.8)
      }
    },
  }
}

/** Bodies are few, so each is a soft square; particles are many, a pixel each. */
function stamp(counts: Float32Array, x: number, y: number, reach: number): void {
  const [cx, cy] = [Math.floor(x), Math.floor(y)]
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const [px, py] = [cx + dx, cy + dy]
      if (px < 0 || py < 0 || px >= SIDE || py >= SIDE) continue
      counts[py * SIDE + px]! += dx === 0 && dy === 0 ? 2 : 0.4
    }
  }
}

export const particlesPicture = cloud(({ work }) => [work.arrays['x']!, work.arrays['y']!], 0)

export const nbodyPicture = cloud(
  ({ work, stepsDone }) => [work.arrays[`x${stepsDone % 2}`]!, work.arrays[`y${stepsDone % 2}`]!],
  1,
)
