// A frame pipeline: while frame n is put out, frame n + 1 is rendered and the game computes frame n + 2.
// prints: 12 frames right: true, and stages overlapped, or this line would not have been reached
import { JobSystem } from 'spillway'
import type { JobHandle } from 'spillway'
import { game, output, render } from './frames.kernels.ts'

const jobs = await JobSystem.start()
const frames = 12
const size = 20_000
const worlds = [jobs.float64(size), jobs.float64(size)]
const images = [jobs.float64(size), jobs.float64(size)]
const [gamesLeft, rendersLeft] = [jobs.counter(frames), jobs.counter(frames)]

const games: JobHandle[] = []
const renders: JobHandle[] = []
const outputs: JobHandle<number>[] = []
/** What a stage needs: handles of this frame, of the one before, and of the one that last used the same buffer. */
const needs = (...handles: (JobHandle | undefined)[]) => ({
  after: handles.filter((handle) => handle !== undefined),
})

for (let n = 0; n < frames; n++) {
  const buffers = { world: worlds[n % 2], image: images[n % 2] }
  const frame = { frame: n, frames, gamesLeft, rendersLeft, ...buffers }
  games[n] = jobs.run(game, frame, needs(games[n - 1], renders[n - 2]))
  renders[n] = jobs.run(render, frame, needs(games[n], renders[n - 1], outputs[n - 2]))
  outputs[n] = jobs.run(output, frame, needs(renders[n], outputs[n - 1]))
}

let right = true
for (const [n, handle] of outputs.entries()) {
  let expected = 0
  for (let i = 0; i < size; i++) expected += (i + n) % 256
  right &&= (await handle) === expected
}
console.log(
  `${frames} frames right: ${right}, and stages overlapped, or this line would not have been reached`,
)
await jobs.close()
