/** What every host must do with jobs. */
import { check, equal, failureOf } from './check.ts'
import { ACTIONS, ending } from './end-of-stack.kernels.ts'
import { jobKernels, loops } from './scenarios.kernels.ts'
import { fresh, withSystem } from './scenarios.ts'
import type { Scenario } from './scenarios.ts'

export const jobScenarios: Readonly<Record<string, Scenario>> = {
  async 'jobs: plain, joined, fibers, many'(setting) {
    await withSystem(setting, async (jobs) => {
      equal(await jobs.run(jobKernels.twice, 21), 42, 'a plain job')
      equal(await jobs.run(jobKernels.fib, 16), 987, 'join')
      equal(await jobs.run(jobKernels.tree, 8), 511, 'fibers')
      equal(await jobs.runMany(jobKernels.twice, [1, 2, 3]), [2, 4, 6], 'many')
      equal(await jobs.run((_ctx, n: number) => n + 1, 1), 2, 'a plain function')
    })
  },

  async 'jobs: sync where a thread may block'(setting) {
    await withSystem(setting, async (jobs) => {
      const run = (): number => jobs.runSync(jobKernels.fib, 12)
      if (setting.mayBlock) {
        equal(run(), 144, 'join')
        equal(jobs.runSync(jobKernels.tree, 6), 127, 'fibers')
      } else equal((await failureOf('runSync', run)).code, 'ERR_WOULD_BLOCK', 'code')
    })
  },

  async 'jobs: what they ask for at the end of the stack is done or refused, and none is lost'(
    setting,
  ) {
    await withSystem(setting, async (jobs) => {
      const x = jobs.int32(1)
      for (const [action, name] of Object.keys(ACTIONS).entries()) {
        check((await jobs.run(ending.edge, { x, action })) > 0, name)
      }
      equal(await jobs.run(jobKernels.fib, 12), 144, 'the next job')
    })
  },

  async 'jobs: async bodies'(setting) {
    await withSystem(setting, async (jobs) => {
      const both = await Promise.all([jobs.run(jobKernels.later, 5), jobs.run(jobKernels.later, 1)])
      equal(both, ['after 5', 'after 1'], 'results')
    })
  },

  async 'jobs: counters wake fibers and the program'(setting) {
    await withSystem(setting, async (jobs) => {
      const counter = jobs.counter(3)
      const waiting = jobs.run(jobKernels.awaits, { counter })
      await jobs.runMany(jobKernels.down, [{ counter }, { counter }])
      const program = counter.wait()
      await jobs.run(jobKernels.down, { counter })
      equal(await waiting, 'zero', 'a fiber')
      await program
      equal(counter.value, 0, 'value')
    })
  },

  async 'jobs: loops of their own'(setting) {
    await withSystem(setting, async (jobs) => {
      equal(
        await jobs.run(jobKernels.sums, 10_000),
        await jobs.parallelReduce(10_000, fresh(loops.harmonic)),
        'sums',
      )
    })
  },

  async 'jobs: errors and cancellation'(setting) {
    await withSystem(setting, async (jobs) => {
      const failure = await failureOf('failing', () => jobs.run(jobKernels.fails, 7))
      equal([failure.name, failure.message], ['RangeError', 'job 7 failed'], 'error')
      const handle = jobs.run(jobKernels.endless)
      setTimeout(() => handle.cancel(), 10)
      const { code } = await failureOf('cancelling', () => handle)
      equal(code, 'ERR_CANCELLED', 'code')
      const late = await failureOf('a timeout', () =>
        jobs.run(jobKernels.endless, undefined, { timeout: 10 }),
      )
      equal(late.code, 'ERR_TIMEOUT', 'code')
      check(failure.raw instanceof RangeError, 'class')
    })
  },
}
