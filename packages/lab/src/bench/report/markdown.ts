// The results page: what was found, how, on what, and where Spillway loses.
import type { Benchmark } from '../benchmark.ts'
import type { ExperimentEvent, FailedEvent } from '../events.ts'
import type { Table } from '../harness/judge.ts'
import type { Recipe } from '../recipe.ts'
import { cells, headings, verdictValue, verdictWord } from './cells.ts'
import { digits } from './format.ts'
import { losses } from './worse.ts'

export interface Page {
  readonly recipe: Recipe
  readonly loadAtEnd: readonly number[]
  readonly peers: boolean
  readonly benchmarks: readonly Benchmark[]
  readonly experiments: readonly ExperimentEvent[]
  readonly failures: readonly FailedEvent[]
}

export function markdown(page: Page): string {
  const sections = [
    `# Benchmark results, ${page.recipe.date.slice(0, 10)}`,
    verdictSection(page),
    worseSection(page),
    recipeSection(page),
    methodSection(),
    ...page.benchmarks.map((benchmark) => benchmarkSection(benchmark, page)),
    missingSection(page),
  ]
  return `${sections.join('\n\n')}\n`
}

/** `align` has a letter per column: l or r. Padded, so that the page is also readable as text. */
function table(
  align: string,
  heads: readonly string[],
  body: readonly (readonly string[])[],
): string {
  const rows = [heads, ...body].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
  const columns = align.split('').map((letter, column) => ({
    left: letter === 'l',
    width: Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)),
  }))
  const rule = columns.map(
    ({ left, width }) => '-'.repeat(left ? width : width - 1) + (left ? '' : ':'),
  )
  const padded = rows.map((row) =>
    columns.map(({ left, width }, column) => {
      const cell = row[column] ?? ''
      return left ? cell.padEnd(width) : cell.padStart(width)
    }),
  )
  padded.splice(1, 0, rule)
  return padded.map((row) => `| ${row.join(' | ')} |`).join('\n')
}

function verdictSection({ experiments }: Page): string {
  const rows = experiments
    .flatMap(({ verdicts }) => verdicts)
    .map((verdict) => [verdict.row, verdict.must, verdictValue(verdict), verdictWord(verdict)])
  if (rows.length === 0)
    return '## Targets\n\nNone: these numbers are to be compared with each other.'
  return `## Targets\n\n${table('llrl', ['what', 'must', 'measured [95 %]', 'verdict'], rows)}`
}

function worseSection({ experiments, peers }: Page): string {
  const heads = ['benchmark', 'Spillway entry', 'needs more than (times as much)']
  const rows = losses(experiments).map(({ benchmark, experiment, metric, entry, to }) => [
    `${benchmark} ${experiment}, ${metric}`,
    entry,
    to.map((other) => `${other.entry} (${digits(other.times.value)})`).join(', '),
  ])
  const scope = peers ? 'every other row' : 'the baselines (the rivals were not measured)'
  const intro = [
    `Every Spillway row against ${scope} of its table, wherever the whole interval`,
    'says that Spillway needs over 2 % more. Some of these rows are floors that do less: a bare loop, one round trip of a word.',
  ].join('\n')
  const found = rows.length === 0 ? 'Nothing was worse.' : table('lll', heads, rows)
  return `## What is worse with Spillway\n\n${intro}\n\n${found}`
}

function recipeSection({ recipe, loadAtEnd }: Page): string {
  const facts: [string, string][] = [
    ['command', `\`${recipe.command}\``],
    ['commit', recipe.commit],
    ['spillway', recipe.spillway],
    ['date', recipe.date],
    ['cpu', `${recipe.cpu}, ${recipe.cpus} cpus, ${recipe.usable} usable`],
    ['memory', `${recipe.memoryGib} GiB`],
    ['system', recipe.system],
    ['runtime', `Node ${recipe.node}, V8 ${recipe.v8}`],
    ['gcc', recipe.gcc],
    ['load average at the start', recipe.load.join(', ')],
    ['load average at the end', loadAtEnd.join(', ')],
    ['seed of the order', String(recipe.seed)],
  ]
  return `## Recipe\n\n${table('ll', ['what', 'value'], facts)}`
}

function methodSection(): string {
  return [
    '## Method',
    '',
    'Each benchmark runs in a process of its own. Its entries are measured side by side: every round takes one sample of',
    'every entry, in an order drawn anew from the seed, after a full garbage collection. Warm-up samples are thrown away.',
    'What can be measured only once in a life of a process (start, memory, idling) takes a fresh process for each sample.',
    'The answer of every sample is compared with that of the serial loop; a wrong one ends the benchmark.',
    '',
    'Tables show the median of the samples, their 10th and 90th percentile, and the best. A ratio is taken round by round,',
    'between two samples measured close together; shown is the median of these ratios with its 95 % bootstrap interval',
    '(1000 resamples). Verdicts compare that median with the limit. Milliseconds drift with the machine; compare ratios.',
    'No thread of any entry is pinned.',
  ].join('\n')
}

function benchmarkSection({ name, summary, notes }: Benchmark, page: Page): string {
  const events = page.experiments.filter(({ benchmark }) => benchmark === name)
  const failure = page.failures.find(({ benchmark }) => benchmark === name)
  const parts = [`## ${name}`, `${summary}.`, ...events.map(experimentPart)]
  // Only the first line: the rest is a stack, with paths of the machine it happened on.
  if (failure !== undefined) parts.push(`**Failed**: ${failure.message.split('\n')[0]}`)
  if (notes.length > 0) parts.push(notes.map((note) => `- ${note}`).join('\n'))
  return parts.join('\n\n')
}

function experimentPart(event: ExperimentEvent): string {
  const { title, rounds, loadBefore, loadAfter } = event
  const parts = [
    `### ${title}`,
    ...event.tables.map((it) => tablePart(it, event.tables.length > 1)),
  ]
  for (const { entry, reason } of event.skipped) parts.push(`Skipped ${entry}: ${reason}.`)
  parts.push(`${rounds} rounds, load ${loadBefore[0]} before and ${loadAfter[0]} after.`)
  return parts.join('\n\n')
}

function tablePart(it: Table, titled: boolean): string {
  const rows = it.rows.map((row) => cells(it, row))
  const heads = headings(it)
  const align = heads.map((_, column) => (column === 0 ? 'l' : 'r')).join('')
  return (titled ? `${it.title}\n\n` : '') + table(align, heads, rows)
}

function missingSection({ peers }: Page): string {
  const missing = [
    'knitting, the fastest peer known for single calls, could not be installed: the registry used here does not have it.',
    'oneTBB, rayon and chili are not built here; their recorded figures are from other runs and cannot be compared directly.',
  ]
  if (!peers) missing.unshift('The rivals: run with `--peers`.')
  return `## Not measured\n\n${missing.map((item) => `- ${item}`).join('\n')}`
}
