// Jobs that begin after others have ended well. If one fails, what needs it never runs and fails with the same error.
// prints: mean 7.5, highest 15, failed: period must be at least 1; got 0
import { JobSystem } from 'spillway'
import { addUp, highest, mean, sawtooth } from './task-graph.kernels.ts'

const jobs = await JobSystem.start()
const x = jobs.float64(70_000)
const y = jobs.float64(70_000)

//   first ─┐         ┌─ average
//          ├─ added ─┤
//  second ─┘         └─ peak
const first = jobs.run(sawtooth, { x, period: 10 })
const second = jobs.run(sawtooth, { x: y, period: 7 })
const added = jobs.run(addUp, { x, y }, { after: [first, second] })
const average = jobs.run(mean, { x }, { after: [added] })
const peak = jobs.run(highest, { x }, { after: [added] })
const good = `mean ${await average}, highest ${await peak}`

const broken = jobs.run(sawtooth, { x, period: 0 })
const never = jobs.run(mean, { x }, { after: [broken] })
const outcome = await never.then(
  () => 'not reached',
  (error: unknown) => `failed: ${(error as Error).message}`,
)
console.log(`${good}, ${outcome}`)
await jobs.close()
