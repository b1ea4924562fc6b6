import { job, kernels } from 'spillway/kernel'
import { nanoseconds } from './nanoseconds.ts'

export const { stamp } = kernels(
  import.meta.url,
  { stamp: job((): number => nanoseconds()) },
  { namespace: 'bench' },
)
