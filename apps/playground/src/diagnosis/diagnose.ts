/** What the numbers of this page say, in words. Every sentence is chosen by a number or by the kernel's own text. */
import { count, nanoseconds, percent, plural, times } from 'spillway-lab/dist/report/format.js'
import { limits } from 'spillway-lab/dist/analyze/verdicts.js'
import type { Variant } from 'spillway-lab/dist/analyze/variants.js'
import type { Comparison } from '../compare/measure.ts'
import { variantOf } from '../programs/counter.ts'
import type { Program } from '../programs/program.ts'
import type { Scaling } from '../scaling/measure.ts'
import type { RunSummary } from '../timeline/summary.ts'
import { shortDuration } from '../timeline/text.ts'
import { sharedWrite } from './shared-write.ts'

export interface Evidence {
  readonly program: Program
  readonly text: string
  readonly workers: number
  /** Of the last run; null before one, and where nothing was recorded. */
  readonly run: RunSummary | null
  /** Milliseconds that this run's calls took; the rest of its length is drawing, between them. */
  readonly callMs: number
  /** Of this program, or of all variants of its family; empty before a measurement. */
  readonly scaling: readonly Scaling[]
  readonly comparison: Comparison | null
}

export interface Note {
  readonly id: string
  readonly tone: 'good' | 'bad' | 'plain'
  readonly title: string
  readonly text: string
}

export function diagnose(evidence: Evidence): Note[] {
  return [
    sharing(evidence),
    balance(evidence),
    grain(evidence),
    scalingNote(evidence),
    beside(evidence),
  ].filter((one) => one !== null)
}

function note(id: string, tone: Note['tone'], title: string, text: string): Note {
  return { id, tone, title, text }
}

// Sharing

function sharing(evidence: Evidence): Note | null {
  const { program, text } = evidence
  const shared = sharedWrite(text, program.form)
  const variant = variantOf(program)
  if (shared !== null && shared.often === 'index')
    return trueSharing(evidence, shared.line, shared.code)
  if (variant === 'adjacent') return falseSharing(evidence)
  if (shared !== null) {
    const said = `Line ${shared.line}, ${shared.code}, runs once per chunk, not once per index: a few hundred writes in a run, which nobody queues for.`
    return note('sharing', 'good', 'One write per chunk', said)
  }
  return variant === null ? null : cured(evidence, variant)
}

function trueSharing(evidence: Evidence, line: number, code: string): Note {
  const said =
    `This line is shared: line ${line}, ${code}, writes the same word from every worker, once per index. Its cache line moves ` +
    'between cores at almost every write: true sharing. Moving data apart cannot help, since there is only one datum; ' +
    'writing it less often can. Use parallelReduce, or add up a chunk and write once.'
  const ratio = speedupOf(evidence, 'local') / speedupOf(evidence, 'shared')
  const measured = measuredCost(evidence, 'shared')
  if (Number.isNaN(ratio) || measured === null) {
    return note(
      'sharing',
      'bad',
      'True sharing',
      `${said} Measure the scaling to see what it costs here.`,
    )
  }
  return ratio >= limits.contention
    ? note(
        'sharing',
        'bad',
        'True sharing',
        `${said} Measured: ${measured}; a chunk-local sum scales ${times(ratio)} as well.`,
      )
    : note(
        'sharing',
        'plain',
        'A shared word',
        `${said} Measured: ${measured}. That is within ${times(limits.contention)} of a chunk-local sum, so no contention shows in this run.`,
      )
}

function falseSharing(evidence: Evidence): Note {
  const said =
    'Every worker has a word of its own, yet the words lie side by side on one cache line, which moves between cores as if they ' +
    'were one word: false sharing. Put them on lines of their own (jobs.paddedCells), or use parallelReduce.'
  const ratio = speedupOf(evidence, 'padded') / speedupOf(evidence, 'adjacent')
  const measured = measuredCost(evidence, 'adjacent')
  if (Number.isNaN(ratio) || measured === null) {
    return note(
      'sharing',
      'bad',
      'False sharing',
      `${said} Measure the scaling to see what it costs here.`,
    )
  }
  return ratio >= limits.falseSharing
    ? note(
        'sharing',
        'bad',
        'False sharing',
        `${said} Measured: ${measured}; with padding the same code scales ${times(ratio)} as well.`,
      )
    : note(
        'sharing',
        'plain',
        'Neighbours on a line',
        `${said} Measured: ${measured}; padding gains only ${times(ratio)}, so none shows in this run.`,
      )
}

function cured(evidence: Evidence, variant: Variant): Note {
  const why = {
    padded:
      'Every worker writes a word on a cache line of its own, so no line moves. An atomic per item remains, uncontended.',
    reduce:
      'Every chunk has an accumulator of its own and stores it once; the caller combines them in chunk order, so the sum is the same to the last bit on any number of workers.',
    none: 'Nothing is written: this is how the loop scales when memory is out of the way.',
    local: '',
    shared: '',
    adjacent: '',
  }[variant]
  const ratio = speedupOf(evidence, variant) / speedupOf(evidence, 'shared')
  const gain = Number.isNaN(ratio)
    ? ''
    : ` It scales ${times(ratio)} as well as the shared counter here.`
  return note('sharing', 'good', 'Nothing is shared', `${why}${gain}`)
}

function speedupOf({ scaling }: Evidence, variant: Variant): number {
  const found = scaling.find(({ program }) => variantOf(program) === variant)
  return found === undefined || found.points.length < 2 ? Number.NaN : found.points.at(-1)!.speedup
}

/** Time per item, alone and with all. */
function measuredCost({ scaling }: Evidence, variant: Variant): string | null {
  const found = scaling.find(({ program }) => variantOf(program) === variant)
  if (found === undefined || found.points.length < 2) return null
  const [one, all] = [found.points[0]!, found.points.at(-1)!]
  const per = (throughput: number): string => nanoseconds(1e9 / throughput)
  return `${per(one.throughput)} per item on one worker, ${per(all.throughput)} on ${all.workers}, a speedup of ${times(all.speedup)}`
}

// Scheduling

function balance({ run, callMs }: Evidence): Note | null {
  const workers = run?.threads.filter(({ worker }) => worker >= 0) ?? []
  if (run === null || workers.length < 2) return null
  const shares = workers.map(({ busy }) => busy / callMs)
  const [least, most] = [Math.min(...shares), Math.max(...shares)]
  const steals = workers.reduce((sum, { steals: one }) => sum + one, 0)
  const moved =
    steals === 0
      ? 'Nothing had to be stolen.'
      : `${plural(steals, 'steal')} moved work to who had none.`
  const laziest = workers[shares.indexOf(least)]!
  if (most - least < 0.15) {
    const said = `Workers were at work ${percent(least)} to ${percent(most)} of the time. ${moved}`
    return note('balance', 'good', 'The work is balanced', said)
  }
  const said =
    `${laziest.name} was at work ${percent(least)} of the time, the busiest ${percent(most)}. ${moved} ` +
    'Either it came late (its core was busy with something else), or the work cannot be split further: look at where its row is empty.'
  return note('balance', 'bad', 'The work is not balanced', said)
}

/** A chunk shorter than this costs more to hand out than is gained by balance. */
const SHORT_MS = 0.005

function grain({ run, callMs }: Evidence): Note | null {
  if (run === null) return null
  const drawing = run.extent.to - run.extent.from - callMs
  const share = Math.max(0, run.nobody - drawing) / callMs
  const typical = `A typical chunk or job took ${shortDuration(run.typicalSpan)}.`
  if (share > 0.25) {
    const said = `For ${percent(share)} of the time in calls nobody was at work: a step is short, and its beginning and end have to be told to every worker. Give one call more to do. ${typical}`
    return note('grain', 'bad', 'Short steps', said)
  }
  if (run.typicalSpan < SHORT_MS) {
    return note(
      'grain',
      'plain',
      'Short chunks',
      `${typical} Handing one out costs a fraction of a microsecond, so this is near the limit; the option grain makes chunks longer.`,
    )
  }
  return note(
    'grain',
    'good',
    'Pieces of a good length',
    `${typical} Nobody was at work for ${percent(share)} of the time in calls.`,
  )
}

// Scaling

function scalingNote({ scaling, program }: Evidence): Note | null {
  const found = scaling.find((one) => one.program.id === program.id)
  if (found === undefined) return null
  const { points, knee, fit } = found
  const all = points.at(-1)!
  if (points.length < 2) {
    return note(
      'scaling',
      'plain',
      'Scaling',
      'Measured with one worker only: nothing can be said about scaling.',
    )
  }
  const shape = {
    single: '',
    scales: 'every worker added was worth it',
    plateau: `from ${plural(knee.kneeWorkers ?? 1, 'worker')} on, more of them gain little`,
    retrograde: `the best was ${plural(knee.peakWorkers, 'worker')}; more are slower`,
    inverse: 'more workers are slower than one',
  }[knee.shape]
  const good = all.speedup >= 0.75 * all.workers
  const title = `${times(all.speedup)} on ${plural(all.workers, 'worker')}`
  return note('scaling', good ? 'good' : 'bad', title, `${capital(shape)}. ${law(fit)}`)
}

function law(fit: Scaling['fit']): string {
  if (fit === null) return ''
  const peak =
    fit.peakWorkers === null
      ? 'no peak'
      : `a peak at ${plural(Math.round(fit.peakWorkers), 'worker')}`
  const honest =
    fit.assumption === null
      ? ''
      : ` The fit is underdetermined (${fit.assumption}), so that is no prediction.`
  return (
    `The Universal Scalability Law fits contention σ = ${fit.sigma.toFixed(3)} (the share that queues for one thing) and coherency ` +
    `κ = ${fit.kappa.toFixed(4)} (what every pair pays to agree): ${peak}.${honest}`
  )
}

// The others

function beside({ comparison, program }: Evidence): Note | null {
  if (comparison === null || comparison.program.id !== program.id) return null
  const { serial, messages, spillway, traffic, workers } = comparison
  const [gain, over] = [serial.ms / spillway.ms, messages.ms / spillway.ms]
  const copied =
    traffic.bytes === 0
      ? `sends ${count(traffic.messages)} messages`
      : `sends ${count(traffic.messages)} messages and copies ${(traffic.bytes / 1e6).toPrecision(3)} MB`
  const said = `${times(gain)} one thread, and ${times(over)} a pool that ${copied}.`
  const where =
    workers === 0 ? 'Spillway without workers' : `Spillway on ${plural(workers, 'worker')}`
  return note('beside', gain >= 1 ? 'good' : 'bad', where, said)
}

function capital(text: string): string {
  return text === '' ? '' : text[0]!.toUpperCase() + text.slice(1)
}
