import { kernels, reduce } from 'spillway/kernel'
import { heavyWork } from './heavy-work.ts'

const add = (left: number, right: number) => left + right

export const { heavyWorkSum, heavyWorkRangeSum } = kernels(
  import.meta.url,
  {
    heavyWorkSum: reduce({
      identity: 0,
      fold: (sum: number, _index: number, { depth }: { depth: number }) => sum + heavyWork(depth),
      combine: add,
    }),
    heavyWorkRangeSum: reduce({
      identity: 0,
      foldRange: (sum: number, start: number, end: number, { depth }: { depth: number }) => {
        let total = sum
        for (let index = start; index < end; index++) total += heavyWork(depth)
        return total
      },
      combine: add,
    }),
  },
  { namespace: 'bench' },
)
