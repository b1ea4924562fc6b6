import { job, kernels } from 'spillway/kernel'
import { meet } from './meeting.ts'
import type { Meeting } from './meeting.ts'

/** Jobs that ran in this thread since somebody asked: a module's variables are each thread's own. */
let ran = 0
/** Children that a root holds before it waits for them. */
const BATCH = 256

export const { tick, spawnTicks, spawnTicksTogether, takeRan, odd, sumOfJobs } = kernels(
  import.meta.url,
  {
    tick: job(() => {
      ran++
    }),
    /** Ends when its children have. */
    spawnTicks: job((ctx, count: number): void => {
      for (let child = 0; child < count; child++) ctx.spawn(tick)
    }),
    spawnTicksTogether: job((ctx, { count, ...meeting }: Meeting & { count: number }): void => {
      meet(meeting)
      for (let child = 0; child < count; child++) ctx.spawn(tick)
    }),
    /** As many of these as workers, who meet here: each tells what its thread ran. */
    takeRan: job((_ctx, meeting: Meeting): number => {
      meet(meeting)
      const count = ran
      ran = 0
      return count
    }),
    odd: job((_ctx, item: number): number => item * 2 + 1),
    /** Waits for its children batch by batch and adds up what they return. */
    sumOfJobs: job((ctx, count: number): number => {
      let sum = 0
      for (let start = 0; start < count; start += BATCH) {
        const handles = []
        for (let item = start; item < Math.min(count, start + BATCH); item++) {
          handles.push(ctx.spawn(odd, item))
        }
        ctx.wait(...handles)
        for (const handle of handles) sum += handle.value
      }
      return sum
    }),
  },
  { namespace: 'bench' },
)
