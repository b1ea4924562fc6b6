// Draws the map in src/layout/README.md from the table that the library uses. `--check` compares instead of writing.
// Run after `npm run build:test`.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as jobs from '../.test-build/src/layout/jobs.js'
import * as layout from '../.test-build/src/layout/layout.js'
import * as trace from '../.test-build/src/layout/trace.js'

const file = fileURLToPath(new URL('../src/layout/README.md', import.meta.url))

/** Markdown of the whole map. */
export function drawLayout() {
  return `# Layout: who owns which word

Drawn by \`tools/draw-layout.js\` from the table in [\`layout.ts\`](layout.ts), the only place with offsets; a test compares. Offsets are
words of 4 bytes from the start of the struct; every struct is a whole number of cache lines (128 bytes, 32 words), and an
empty row separates cache lines. All values are little-endian, as typed arrays of this machine see them.

\`\`\`
${drawHeap()}
\`\`\`

${layout.STRUCTS.map(drawStruct).join('\n')}
## The job area

Made when the program uses its first job, in a block of the heap that the header names: for 2 workers and 1024 records per thread

\`\`\`
${drawJobArea()}
\`\`\`

${jobs.JOB_STRUCTS.map(drawStruct).join('\n')}
## The rings of events

Made when a system starts that is traced, in a block of the heap that the header names: for 2 workers and 16384 events per thread

\`\`\`
${drawRings()}
\`\`\`

${trace.TRACE_STRUCTS.map(drawStruct).join('\n')}
Events are packed, ${trace.EVENT_WORDS} words each: no other thread writes in their ring.
`
}

/** Byte ranges of the rings for a pool of two workers. */
function drawRings() {
  const words = trace.ringsWords(2, 16384)
  return `byte (from its start)\n${drawRegion(['4 rings (head + 16384 events each)', 0, words * 4])}`
}

/** Byte ranges of the job area for a pool of two workers. */
function drawJobArea() {
  const area = jobs.jobArea(0, 2, 1024)
  const regions = [
    [`${area.threads} thread records with deques`, 0, area.records * 4],
    [`${area.threads} x ${area.capacity} job records`, area.records * 4, area.loops * 4],
    [`${area.threads} x ${area.nestedLoops} nested loop slots`, area.loops * 4, area.end * 4],
  ]
  return ['byte (from its start)', ...regions.map(drawRegion)].join('\n')
}

/** Byte ranges of the regions for a pool of two workers. */
function drawHeap() {
  const workers = 2
  const regions = [
    ['header', 0, layout.HEADER.words * 4],
    [
      `${layout.LOOP_SLOTS} loop slots (loop + ${workers + 1} participants each)`,
      layout.loopAt(0, workers) * 4,
      layout.workerAt(0, workers) * 4,
    ],
    [
      '2 worker records, and 2 for the other threads',
      layout.workerAt(0, workers) * 4,
      layout.outboxBytesAt(0, workers),
    ],
    ['2 outboxes', layout.outboxBytesAt(0, workers), layout.outboxBytesAt(workers, workers)],
  ]
  const rows = regions.map(drawRegion)
  const end = layout.schedulerBytes(workers)
  return [
    'byte (2 workers)',
    ...rows,
    `${String(end).padStart(8)}  user data, up to the end of the memory`,
  ].join('\n')
}

function drawRegion([name, start, end]) {
  return `${String(start).padStart(8)}  ${name.padEnd(46)} ${String(end - start).padStart(7)} bytes`
}

function drawStruct({ name, words, fields }) {
  const rows = []
  let line = 0
  for (const { name: field, word, type, writer, meaning } of fields) {
    const here = Math.floor(word / layout.LINE_WORDS)
    if (here !== line) rows.push('| | | | | |')
    line = here
    rows.push(
      `| ${word} | \`${field}\` | ${type} | ${writer} | ${meaning.replaceAll('|', '\\|')} |`,
    )
  }
  return `## ${name}: ${words} words

| word | name | type | written by | meaning |
| ---- | ---- | ---- | ---------- | ------- |
${rows.join('\n')}
`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--check')) {
    if (readFileSync(file, 'utf8') !== drawLayout()) {
      console.error(
        'src/layout/README.md is out of date: run node packages/spillway/tools/draw-layout.js',
      )
      process.exitCode = 1
    }
  } else writeFileSync(file, drawLayout())
}
