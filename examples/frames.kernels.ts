import { each, job, kernels, reduce } from 'spillway/kernel'
import type { Counter, Fiber } from 'spillway/kernel'

/** One frame's way through the stages. Of everything that two stages share there are two: one is written while the other is read. */
interface Frame {
  frame: number
  frames: number
  /** Positions, written by game and read by render. */
  world: Float64Array
  /** Brightness, written by render and read by output. */
  image: Float64Array
  /** Frames whose game, whose render has not begun. */
  gamesLeft: Counter
  rendersLeft: Counter
}

// The waits for counters are here to show something: they end only if stages of neighbouring frames run at the same time.
export const { game, render, output, move, shade, brightness } = kernels(import.meta.url, {
  game: job(function* (ctx, { frame, world, gamesLeft }: Frame): Fiber<void> {
    gamesLeft.decrement()
    yield* ctx.parallelFor(world.length, move, { world, frame })
  }),
  render: job(function* (ctx, stage: Frame): Fiber<void> {
    const { frame, frames, world, image, gamesLeft, rendersLeft } = stage
    rendersLeft.decrement()
    yield* ctx.parallelFor(image.length, shade, { world, image })
    yield* gamesLeft.wait(Math.max(0, frames - frame - 2)) // the game of the next frame has begun
  }),
  output: job(function* (ctx, { frame, frames, image, rendersLeft }: Frame): Fiber<number> {
    const sum = yield* ctx.parallelReduce(image.length, brightness, { image })
    yield* rendersLeft.wait(Math.max(0, frames - frame - 2)) // the render of the next frame has begun
    return sum
  }),

  move: each((i, { world, frame }: { world: Float64Array; frame: number }) => {
    world[i] = i + frame
  }),
  shade: each((i, { world, image }: { world: Float64Array; image: Float64Array }) => {
    image[i] = world[i] % 256
  }),
  brightness: reduce({
    identity: 0,
    fold: (sum, i, { image }: { image: Float64Array }) => sum + image[i],
    combine: (left, right) => left + right,
  }),
})
