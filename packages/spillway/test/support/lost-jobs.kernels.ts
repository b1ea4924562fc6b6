/** Jobs that end well, or badly, before the worker that ran them dies. */
import { exit } from 'node:process'
import { job, kernels } from '../../src/kernel.ts'

interface Words {
  /** Set by `good` and by the test, once the worker is lost. */
  flags: Int32Array
}

export const { good, die, outlive, failing, leaveFailing, leaveGood } = kernels(import.meta.url, {
  good: job((_ctx, { flags }: Words): number => {
    Atomics.store(flags, 0, 1)
    return 41
  }),
  die: job((_ctx, _none: number) => exit(3)),
  /** Another worker runs the first child, and dies of the second. Looks at neither before that worker is lost. */
  outlive: job((ctx, { flags }: Words): [number, string] => {
    const kept = ctx.spawn(good, { flags })
    const lost = ctx.spawn(die, 0)
    while (Atomics.load(flags, 1) === 0);
    ctx.wait(kept)
    try {
      ctx.wait(lost)
    } catch (error) {
      return [kept.value, (error as Error).name]
    }
    return [kept.value, 'nothing']
  }),
  /** Not before it is told to. */
  failing: job((_ctx, { flags, n }: Words & { n: number }) => {
    while (Atomics.load(flags, 1) <= n);
    throw new SyntaxError(`broken ${n}`)
  }),
  leaveFailing: job((ctx, args: Words & { n: number }): void => ctx.spawnDetached(failing, args)),
  leaveGood: job((ctx, args: Words): void => ctx.spawnDetached(good, args)),
})
