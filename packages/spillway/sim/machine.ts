/** The command `npm run machine`: how the scheduler behaves on machines we do not have. Simulated values, never measured ones. */
import { parseArgs } from 'node:util'
import { FLAT, flatCost } from './machine/cost.ts'
import { LOADS } from './machine/loads.ts'
import type { LoadName } from './machine/loads.ts'
import { simulate } from './machine/simulate.ts'

const USAGE = `npm run machine -- [options]
  --workers 8,32,128     numbers of workers
  --load ${LOADS.join('|')}  default: all of them
  --seed N               for loads that depend on chance
  --latency US           from a notify until the sleeper runs, default ${FLAT.wakeNs / 1000}
  --atomic NS            every atomic, default ${FLAT.atomicNs}
  --spin US              spin window, default 50
  --json                 one line of JSON per run
  --trace                one line of JSON per event
`

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '8,32,128' },
    load: { type: 'string' },
    seed: { type: 'string', default: '1' },
    latency: { type: 'string', default: String(FLAT.wakeNs / 1000) },
    atomic: { type: 'string', default: String(FLAT.atomicNs) },
    spin: { type: 'string', default: '50' },
    json: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

// A reader that has seen enough (`| head`) closes the pipe; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})
if (values.help) process.stdout.write(USAGE)
else await runAll()

async function runAll(): Promise<void> {
  const cost = flatCost({
    ...FLAT,
    wakeNs: Number(values.latency) * 1000,
    atomicNs: Number(values.atomic),
  })
  if (!values.json && !values.trace) {
    const columns = ['workers', 'ideal us', 'makespan', 'efficiency', 'steals', 'wakes', 'asleep %']
    process.stdout.write(row('load', columns))
  }
  for (const load of loadsOf(values.load)) {
    for (const workers of values.workers.split(',').map(Number)) {
      const seed = Number(values.seed)
      const result = await simulate({
        workers,
        load,
        seed,
        cost,
        spinMs: Number(values.spin) / 1000,
        ...(values.trace && {
          onEvent: (event, nameOf) =>
            process.stdout.write(`${JSON.stringify({ ...event, word: nameOf(event.word) })}\n`),
        }),
      })
      if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`)
      else if (!values.trace) {
        const { ideal, makespan, time, efficiency, steals, wakes, asleep } = result
        const cells = [
          String(workers),
          (ideal / 1000).toFixed(0),
          (makespan / 1000).toFixed(0),
          efficiency.toFixed(3),
          String(steals),
          String(wakes),
          ((100 * asleep) / (time * (workers + 1))).toFixed(1),
        ]
        process.stdout.write(row(load, cells))
      }
    }
  }
}

function loadsOf(name: string | undefined): readonly LoadName[] {
  if (name === undefined) return LOADS
  const found = LOADS.filter((load) => load === name)
  if (found.length === 0) throw new Error(`--load must be one of ${LOADS.join(', ')}`)
  return found
}

function row(name: string, cells: readonly string[]): string {
  return `${name.padEnd(10)}${cells.map((cell) => cell.padStart(11)).join('')}\n`
}
