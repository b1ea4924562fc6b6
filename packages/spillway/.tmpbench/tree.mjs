import { JobSystem } from 'spillway'
import { k } from './tree.kernels.mjs'
const jobs = await JobSystem.start({ workers: +process.argv[2] })
const n = 18 // 2^19 nodes
for (let i = 0; i < 3; i++) await jobs.run(k.tree, n)
let best = []
for (let i = 0; i < 5; i++) {
  const t = performance.now()
  const v = await jobs.run(k.tree, n)
  best.push(((performance.now() - t) * 1e6) / 2 ** (n + 1))
  if (v !== 2 ** (n + 1) - 1) throw 1
}
best.sort((a, b) => a - b)
const x = jobs.float64(64)
const lo = []
for (let r = 0; r < 5; r++) {
  const t = performance.now()
  for (let i = 0; i < 20000; i++) jobs.parallelForSync(1000, k.add, { x })
  lo.push(((performance.now() - t) * 1e6) / 20000)
}
lo.sort((a, b) => a - b)
console.log(process.argv[3], 'tree ns/node', best[2].toFixed(1), 'loop ns', lo[2].toFixed(0))
await jobs.close()
