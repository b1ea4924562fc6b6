import { each, kernels } from 'spillway/kernel'
import { workOf } from './imbalanced-work.ts'

interface ImbalancedArguments {
  results: Float64Array
  spread: boolean
}

export const { imbalancedWork } = kernels(
  import.meta.url,
  {
    imbalancedWork: each((index: number, { results, spread }: ImbalancedArguments) => {
      results[index] = results[index] + workOf(index, spread)
    }),
  },
  { namespace: 'bench' },
)
