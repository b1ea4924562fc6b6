import { job, kernels } from 'spillway/kernel'
import { BLOCKS, blockSum } from './imbalanced-work.ts'

interface Blocks {
  start: number
  end: number
  spread: boolean
}

export const { spreadBlock, frontBlock, spawnBlocks, joinBlocks } = kernels(
  import.meta.url,
  {
    spreadBlock: job((_ctx, block: number): number => blockSum(block, true)),
    frontBlock: job((_ctx, block: number): number => blockSum(block, false)),
    /** One root spawns all. */
    spawnBlocks: job((ctx, { spread }: { spread: boolean }): number => {
      const kernel = spread ? spreadBlock : frontBlock
      const handles = Array.from({ length: BLOCKS }, (_, block) => ctx.spawn(kernel, block))
      ctx.wait(...handles)
      return handles.reduce((sum, handle) => sum + handle.value, 0)
    }),
    /** Halves, down to single blocks. */
    joinBlocks: job((ctx, { start, end, spread }: Blocks): number => {
      if (end - start === 1) return blockSum(start, spread)
      const middle = (start + end) >> 1
      const left = { start, end: middle, spread }
      const right = { start: middle, end, spread }
      return ctx.join(joinBlocks, left, joinBlocks, right, (a, b) => a + b)
    }),
  },
  { namespace: 'bench' },
)
