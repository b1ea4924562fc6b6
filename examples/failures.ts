// Errors keep their class and message on the way: to whoever waits for a child, or to the parent, or to the program.
// prints: 8 of 10 lines, strict: RangeError: line 3 is broken
import { JobSystem } from 'spillway'
import { lenient, strict } from './failures.kernels.ts'

const jobs = await JobSystem.start()
const good = await jobs.run(lenient, 10)
try {
  await jobs.run(strict, 10)
} catch (error) {
  if (!(error instanceof RangeError)) throw error
  console.log(`${good} of 10 lines, strict: ${error.name}: ${error.message}`)
}
await jobs.close()
