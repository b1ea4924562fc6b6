// Prints what it costs to ask whether the stack has room (src/host/room.ts), in the order in which a thread comes to it, and what a
// job of a tree costs whose every parent asks before it waits. Run after `npm run build:test`, with nothing else running.
import { JobSystem } from 'spillway'
import { job, kernels } from 'spillway/kernel'
import { isMainThread } from 'node:worker_threads'

const TREE_DEPTH = 18

const { tree } = kernels(import.meta.url, {
  tree: job((ctx, depth) => {
    if (depth === 0) return 1
    const left = ctx.spawn(tree, depth - 1)
    const right = ctx.spawn(tree, depth - 1)
    ctx.wait(left, right)
    return left.value + right.value + 1
  }),
})

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]

async function main() {
  const { hasRoomForBody } = await import('../.test-build/src/host/room.js')
  const time = (calls) => {
    const start = performance.now()
    for (let call = 0; call < calls; call++) hasRoomForBody()
    return ((performance.now() - start) / calls) * 1e6
  }
  console.log(`arguments on the stack, 64 kB: ${time(250).toFixed(0)} ns`)
  const making = performance.now()
  time(16)
  console.log(`making the function: ${(performance.now() - making).toFixed(2)} ms, once a thread`)
  time(1e6)
  console.log(
    `calls of the function, 64 kB: ${median([1, 2, 3, 4, 5].map(() => time(1e6))).toFixed(0)} ns`,
  )

  const jobs = await JobSystem.start({ workers: 1 })
  const nodes = 2 ** (TREE_DEPTH + 1) - 1
  const costs = []
  for (let round = 0; round < 10; round++) {
    const start = performance.now()
    if ((await jobs.run(tree, TREE_DEPTH)) !== nodes) throw new Error('the tree was not whole')
    costs.push(((performance.now() - start) / nodes) * 1e6)
  }
  await jobs.close()
  console.log(
    `a tree of spawns and waits, one worker: ${median(costs.slice(5)).toFixed(0)} ns a job`,
  )
}

if (isMainThread) await main()
