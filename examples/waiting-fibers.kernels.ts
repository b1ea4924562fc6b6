import { job, kernels } from 'spillway/kernel'
import type { Counter, Fiber } from 'spillway/kernel'

interface Station {
  tiles: Float64Array
  missing: Counter
}

export const { load, use } = kernels(import.meta.url, {
  load: job((_ctx, { tiles, missing, tile }: Station & { tile: number }) => {
    tiles[tile] = tile * tile
    missing.decrement() // whoever brings it to zero wakes those who wait
  }),
  // Suspended until every tile is there. What was written before decrement() is seen after wait().
  use: job(function* (_ctx, { tiles, missing, from }: Station & { from: number }): Fiber<number> {
    yield* missing.wait()
    return tiles[from] + tiles[tiles.length - 1 - from]
  }),
})
