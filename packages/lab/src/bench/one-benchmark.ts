// The process that measures one benchmark. Each gets its own, so that what an earlier one did to the heap, to the
// compiler's type feedback or to the pool's threads is not part of a later one's numbers. Run with: name, options.
import type { Experiment } from './benchmark.ts'
import type { BenchEvent } from './events.ts'
import { measure } from './harness/interleave.ts'
import { judge, tablesOf } from './harness/judge.ts'
import { load } from './recipe.ts'
import { suite } from './suite.ts'
import { seededRandom } from '../stats/random.ts'

export interface OneBenchmarkOptions {
  readonly peers: boolean
  readonly seed: number
  readonly rounds?: number
}

function say(event: BenchEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}

async function run(benchmark: string, experiment: Experiment, options: OneBenchmarkOptions) {
  const { peers, seed, rounds = experiment.rounds } = options
  const where = { benchmark, experiment: experiment.name }
  const loadBefore = load()
  const measurement = await measure(experiment, {
    peers,
    rounds,
    random: seededRandom(seed),
    onRound: (round) => say({ type: 'progress', ...where, round, rounds }),
    beforeRound: () => globalThis.gc?.(),
  })
  say({
    type: 'experiment',
    ...where,
    title: experiment.title,
    rounds,
    loadBefore,
    loadAfter: load(),
    tables: tablesOf(experiment, measurement),
    skipped: measurement.skipped,
    verdicts: experiment.targets.map((target) => judge(target, measurement)),
  })
}

const [, , name, optionsText] = process.argv
const benchmark = suite.find((candidate) => candidate.name === name)
if (benchmark === undefined) throw new Error(`no benchmark is called ${name}`)
const options: OneBenchmarkOptions = JSON.parse(optionsText ?? '{}')
for (const experiment of benchmark.experiments) await run(benchmark.name, experiment, options)
