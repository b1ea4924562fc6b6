// `spillway bench`: chooses benchmarks, runs them, prints tables or JSON lines, and writes the results page.
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import type { Benchmark } from './benchmark.ts'
import { jsonLines } from './events.ts'
import type { BenchEvent, ExperimentEvent, FailedEvent, ProgressEvent } from './events.ts'
import { select } from './names.ts'
import { programOf } from './other-checkout.ts'
import { runPairs } from './pairs.ts'
import type { PairedEvent } from './pairs.ts'
import { commitOf, load, recipe } from './recipe.ts'
import type { Recipe } from './recipe.ts'
import { markdown } from './report/markdown.ts'
import { pairsText } from './report/pairs-text.ts'
import { experimentText, failedText } from './report/text.ts'
import { runSuite } from './run-suite.ts'
import { UsageError } from '../usage-error.ts'

/** Fixed, so that two runs measure in the same order; recorded with the results. */
const SEED = 1
/** Pairs of processes when the command line does not say. */
const PAIRS = 5

export interface BenchOptions {
  readonly peers?: boolean
  readonly json?: boolean
  readonly list?: boolean
  readonly rounds?: number
  readonly markdown?: string
  readonly against?: string
  readonly pairs?: number
}

export function benchCommand(): Command {
  return (
    new Command('bench')
      .description('run the benchmark suite, entries interleaved')
      .argument('[names...]', 'benchmarks to run; all when none is named')
      .option(
        '--peers',
        'measure the rivals too: piscina, tinypool, postMessage, raw Atomics, OpenMP',
      )
      .option('--json', 'print JSON lines instead of tables')
      .option('--list', 'list the benchmarks and their targets, run nothing')
      .option('--rounds <n>', 'rounds of every experiment, instead of its own number', parseCount)
      .option('--markdown <file>', 'write a results page', parsePage)
      .option(
        '--against <checkout>',
        'measure this build and that of another checkout, in pairs of fresh processes',
      )
      .option('--pairs <n>', `pairs of processes for --against, instead of ${PAIRS}`, parseCount)
      .addHelpText(
        'after',
        '\nExit codes: 0 done, 1 a target was not met or a benchmark failed, 2 bad usage.',
      )
      // Whatever commander refuses is bad usage; asking for help is not.
      .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
      .action(async (names: string[], options: BenchOptions) => {
        // Loaded here, so that the other commands do not carry the library and these kernels.
        const { suite } = await import('./suite.ts')
        const chosen = select(suite, names)
        refuseMixtures(options)
        if (options.list === true) printList(chosen, options.json === true)
        else if (options.against === undefined) {
          process.exitCode = await bench(chosen, names, options)
        } else process.exitCode = await compare(chosen, names, options.against, options)
      })
  )
}

function parseCount(text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1) {
    throw new InvalidArgumentError(`expected a whole number >= 1, got '${text}'`)
  }
  return count
}

/** What is compared are two builds of this library: rivals are the same in both, and targets are not judged. */
function refuseMixtures({ against, pairs, peers, markdown: page }: BenchOptions): void {
  if (against === undefined) {
    if (pairs !== undefined) throw new UsageError('--pairs: expected with --against <checkout>')
    return
  }
  if (peers === true) throw new UsageError('--against: expected without --peers')
  if (page !== undefined) throw new UsageError('--against: expected without --markdown')
}

function printList(benchmarks: readonly Benchmark[], json: boolean): void {
  if (json) {
    for (const { name, summary, experiments } of benchmarks) {
      const targets = experiments.flatMap((experiment) => experiment.targets)
      console.log(JSON.stringify({ type: 'benchmark', name, summary, targets }))
    }
    return
  }
  const width = Math.max(...benchmarks.map(({ name }) => name.length))
  for (const { name, summary, experiments } of benchmarks) {
    console.log(`${name.padEnd(width)}  ${summary}`)
    for (const { row, must } of experiments.flatMap((experiment) => experiment.targets)) {
      console.log(`${' '.repeat(width)}    ${row}: ${must}`)
    }
  }
}

/** Refused before the minutes of measuring, not after. */
function parsePage(file: string): string {
  if (existsSync(dirname(file))) return file
  throw new UsageError(`--markdown ${file}: there is no such folder`)
}

/** Returns the exit code. */
async function bench(
  benchmarks: readonly Benchmark[],
  names: readonly string[],
  options: BenchOptions,
): Promise<number> {
  const { peers = false, json = false, rounds } = options
  const header = recipe(commandLine(names, options), SEED)
  const experiments: ExperimentEvent[] = []
  const failures: FailedEvent[] = []
  const onEvent = (event: BenchEvent) => {
    if (event.type === 'experiment') experiments.push(event)
    if (event.type === 'failed') failures.push(event)
    if (event.type === 'progress') printProgress(event, json)
    else print(event, json)
  }
  onEvent({ type: 'recipe', ...header })
  warnIfBusy(header, json)
  await runSuite(benchmarks, { peers, seed: SEED, ...(rounds && { rounds }) }, onEvent)
  if (options.markdown !== undefined) {
    const page = { recipe: header, loadAtEnd: load(), peers, benchmarks, experiments, failures }
    await writeFile(options.markdown, markdown(page))
  }
  const missed = experiments.some(({ verdicts }) => verdicts.some(({ met }) => met === false))
  return missed || failures.length > 0 ? 1 : 0
}

/** Measures two builds in turn. Returns the exit code. */
async function compare(
  benchmarks: readonly Benchmark[],
  names: readonly string[],
  against: string,
  options: BenchOptions,
): Promise<number> {
  const { json = false, rounds, pairs = PAIRS } = options
  const program = programOf(against)
  const header = recipe(commandLine(names, options), SEED)
  print({ type: 'recipe', ...header }, json)
  const there = commitOf(against)
  if (json) console.log(JSON.stringify({ type: 'against', commit: there }))
  else console.log(`here: commit ${header.commit}; there: commit ${there}\n`)
  warnIfBusy(header, json)
  let failed = false
  const onEvent = (event: BenchEvent | PairedEvent) => {
    if (event.type === 'progress') printProgress(event, json)
    else if (event.type !== 'paired') print(event, json)
    else if (json) console.log(JSON.stringify(event))
    else console.log(pairsText(event))
    failed ||= event.type === 'failed'
  }
  const own = { peers: false, seed: SEED, ...(rounds && { rounds }) }
  await runPairs(benchmarks, program, pairs, own, onEvent)
  return failed ? 1 : 0
}

const QUIET_LOAD = 0.5

function warnIfBusy({ load: [last = 0] }: Recipe, json: boolean): void {
  if (last <= QUIET_LOAD || isSilent(json)) return
  process.stderr.write(
    `the machine is busy (load ${last}): expect wide intervals and missed targets\n`,
  )
}

/** As somebody else would type it: without the place this program or its output lies at. */
function commandLine(names: readonly string[], options: BenchOptions): string {
  const words = ['spillway bench', ...names]
  if (options.peers === true) words.push('--peers')
  if (options.rounds !== undefined) words.push(`--rounds ${options.rounds}`)
  if (options.against !== undefined) words.push('--against CHECKOUT')
  if (options.pairs !== undefined) words.push(`--pairs ${options.pairs}`)
  return words.join(' ')
}

function print(event: Exclude<BenchEvent, ProgressEvent>, json: boolean): void {
  if (json) {
    for (const line of jsonLines(event)) console.log(JSON.stringify(line))
  } else if (event.type === 'experiment') {
    console.log(experimentText(event))
  } else if (event.type === 'failed') {
    console.log(failedText(event))
  } else {
    const { cpu, cpus, node, commit, load: average } = event
    console.log(`${cpu}, ${cpus} cpus, Node ${node}, commit ${commit}, load ${average.join(' ')}\n`)
  }
}

/** Nothing goes to stderr when the JSON lines are piped. */
function isSilent(json: boolean): boolean {
  return json && !process.stdout.isTTY
}

/** A terminal sees one line that changes, a file one line per experiment. */
function printProgress(event: ProgressEvent, json: boolean): void {
  if (isSilent(json)) return
  const { stderr } = process
  const { benchmark, experiment, round, rounds } = event
  const text = `${benchmark} / ${experiment}: round ${round + 1} of ${rounds}`
  if (stderr.isTTY) stderr.write(`\r\u001b[K${text}${round + 1 === rounds ? '\r\u001b[K' : ''}`)
  else if (round === 0) stderr.write(`${benchmark} / ${experiment}: ${rounds} rounds\n`)
}
