/** Runs the scenarios in a process of Node, Bun or Deno: a line of JSON each, and `ended` last. */
import { runScenarios } from './run.ts'

const [runtime = ''] = process.argv.slice(2)
await runScenarios(
  { runtime, workers: 2, mayBlock: true, isSerial: false, canExit: true },
  (result) => console.log(`result ${JSON.stringify(result)}`),
)
// No `process.exit`: a closed system must not keep the process alive.
console.log('ended')
