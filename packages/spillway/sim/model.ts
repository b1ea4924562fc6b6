/** The command `npm run model`: checks the models, or runs one interleaving again. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { check, ciOptions, deepOptions } from './check.ts'
import { prepare, report } from './explore/explore.ts'
import { readOrder, replay, writeTrace } from './explore/replay.ts'
import { modelNamed, models } from './models/models.ts'
import { seededBugs } from './seeded-bugs.ts'

const USAGE = `npm run model -- [options]
  --deep                 more preemptions, and more runs by chance
  --only TEXT            models whose name contains TEXT
  --preemptions N        instead of each model's own bound
  --seed N               for runs by chance
  --out FILE             where to write a failing interleaving, for --replay
  --replay FILE          runs it again and prints its steps
  --replay INTERLEAVING --model NAME [--bug NAME]
  --list                 names of the models and of the bugs that can be seeded
`

const { values } = parseArgs({
  options: {
    deep: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    preemptions: { type: 'string' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
    replay: { type: 'string' },
    model: { type: 'string' },
    bug: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) process.stdout.write(USAGE)
else if (values.list) list()
else if (values.replay !== undefined) await replayOne(values.replay)
else await checkAll()

function list(): void {
  for (const { name, promise } of models) process.stdout.write(`${name.padEnd(28)}${promise}\n`)
  process.stdout.write('\nseeded bugs:\n')
  for (const { name, model } of seededBugs) process.stdout.write(`${name}  (${model})\n`)
}

async function checkAll(): Promise<void> {
  process.stdout.write(
    row(['model', 'threads', 'preemptions', 'interleavings', 'states', 'steps', 'seconds']),
  )
  for (const model of models.filter(({ name }) => name.includes(values.only))) {
    const bounds = values.deep ? deepOptions(model) : ciOptions(model)
    if (bounds === null) continue
    const prepared = await prepare(model, editsOf(values.bug))
    const { preemptions } = values
    const options = {
      ...bounds,
      ...(preemptions !== undefined && { preemptions: Number(preemptions) }),
      seed: Number(values.seed),
      progress: (runs: number) => progress(`${model.name}: ${runs} interleavings`),
    }
    const start = performance.now()
    const { failure, runs, states, steps } = check(prepared, options)
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    progress('')
    const threads = String(prepared.execution.threads.length)
    process.stdout.write(
      row([
        model.name,
        threads,
        String(options.preemptions),
        ...[runs, states, steps].map(String),
        seconds,
      ]),
    )
    if (failure === null) continue
    process.exitCode = 1
    const text = report(prepared, failure, values.bug)
    if (values.out !== undefined) writeFileSync(values.out, `${text}\n`)
    process.stdout.write(`\n${text}\n\n`)
  }
}

async function replayOne(given: string): Promise<void> {
  const text = existsSync(given) ? readFileSync(given, 'utf8') : ''
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1]
  const name = values.model ?? field('model')
  if (name === undefined) throw new Error('say which model by --model NAME')
  const prepared = await prepare(modelNamed(name), editsOf(values.bug ?? field('seeded bug')))
  const { execution, program } = prepared
  const { failure, trace } = replay(execution, readOrder(field('interleaving') ?? given))
  process.stdout.write(`${writeTrace(execution, trace, program.sites).join('\n')}\n`)
  process.stdout.write(failure === null ? 'no failure\n' : `${failure.kind}: ${failure.message}\n`)
  if (failure !== null) process.exitCode = 1
}

function editsOf(name: string | undefined) {
  if (name === undefined) return []
  const bug = seededBugs.find((one) => one.name === name)
  if (bug === undefined) throw new Error(`no seeded bug "${name}"; --list shows them`)
  return bug.edits
}

function row([name, ...rest]: readonly string[]): string {
  return `${name!.padEnd(26)}${rest.map((cell) => cell.padStart(14)).join('')}\n`
}

/** One line on a terminal that the next one overwrites. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${text.padEnd(70)}${text === '' ? '\r' : ''}`)
}
