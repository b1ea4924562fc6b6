import { kernels, reduce } from 'spillway/kernel'
import { heavyWork } from './heavy-work.ts'

export const { heavyWorkSum } = kernels(
  import.meta.url,
  {
    heavyWorkSum: reduce({
      identity: 0,
      fold: (sum: number, _index: number, { depth }: { depth: number }) => sum + heavyWork(depth),
      combine: (left: number, right: number) => left + right,
    }),
  },
  { namespace: 'bench' },
)
