// The benchmarks there are, in the order they run.
import type { Benchmark } from './benchmark.ts'
import { body } from './problems/body.ts'
import { dispatchAsync } from './problems/dispatch-async.ts'
import { dispatchSync } from './problems/dispatch-sync.ts'
import { fibers } from './problems/fibers.ts'
import { hosts } from './problems/hosts.ts'
import { idle } from './problems/idle.ts'
import { imbalancedJobs } from './problems/imbalanced-jobs.ts'
import { imbalanced } from './problems/imbalanced.ts'
import { jobs } from './problems/jobs.ts'
import { join } from './problems/join.ts'
import { map } from './problems/map.ts'
import { memory } from './problems/memory.ts'
import { reduceBenchmark } from './problems/reduce.ts'
import { run } from './problems/run.ts'
import { startup } from './problems/startup.ts'
import { tasks } from './problems/tasks.ts'
import { wake } from './problems/wake.ts'

export const suite: readonly Benchmark[] = [
  dispatchSync,
  dispatchAsync,
  reduceBenchmark,
  body,
  map,
  imbalanced,
  tasks,
  jobs,
  join,
  imbalancedJobs,
  fibers,
  run,
  wake,
  startup,
  hosts,
  idle,
  memory,
]
