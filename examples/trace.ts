// Records what every thread does, and writes it to a file that ui.perfetto.dev opens: node examples/.test-build/trace.js trace.json
// prints the file's name, then: longest chain 350; chunks cover the loop: true
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { JobSystem } from 'spillway'
import { traceEvents } from 'spillway/trace'
import { collatz, longest } from './trace.kernels.js'

const jobs = await JobSystem.start({ trace: true })
const steps = jobs.int32(100_000)
await jobs.parallelFor(steps.length, collatz, { steps })
const most = await jobs.run(longest, { steps, start: 0, end: steps.length })

const trace = jobs.trace()
const file = process.argv[2] ?? join(tmpdir(), 'spillway-trace.json')
writeFileSync(file, JSON.stringify(traceEvents(trace)))
console.log(file)

let indexes = 0
for (const { events } of trace.threads) {
  for (const event of events) if (event.kind === 'chunk') indexes += event.to - event.from
}
console.log(`longest chain ${most}; chunks cover the loop: ${indexes === steps.length}`)
await jobs.close()
