import { setTimeout as sleep } from 'node:timers/promises'
import { job, kernels } from 'spillway/kernel'

export const { load, brightness } = kernels(import.meta.url, {
  // An async body may await anything. It runs on a worker of its own, whose event loop stays free.
  load: job(async (ctx, { pixels }: { pixels: Uint8Array }): Promise<number> => {
    await sleep(5) // stands for a file, a socket, a database
    pixels.fill(7)
    return ctx.wait(ctx.spawn(brightness, { pixels })) // work goes where the other workers are
  }),
  brightness: job((_ctx, { pixels }: { pixels: Uint8Array }): number => {
    let sum = 0
    for (const value of pixels) sum += value
    return sum
  }),
})
