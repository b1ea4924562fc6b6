// Reporter of one test file: writes lines for people to stdout, and sends each result to tools/test.js, which started the file.
import { inspect } from 'node:util'

export default async function* report(source) {
  for await (const { type, data } of source) {
    if (type === 'test:diagnostic' && !TOTALS.test(data.message)) {
      yield `${indent(data)}  # ${data.message}\n`
    }
    if (type !== 'test:pass' && type !== 'test:fail') continue
    const outcome = outcomeOf(type, data)
    const reason = type === 'test:fail' && !isEcho(data) ? failure(data) : ''
    if (!isSuite(data)) process.send?.({ outcome, name: data.name, reason })
    yield `${indent(data)}${MARKS[outcome]} ${data.name}${detail(data)}\n`
    if (reason !== '') yield `${reason.replaceAll(/^/gm, '  '.repeat(data.nesting + 2))}\n`
  }
  process.send?.({ ended: true })
}

/** What the test runner says about the file as a whole; tools/test.js counts itself. */
const TOTALS = /^(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/

const MARKS = { passed: '✔', failed: '✖', skipped: '﹣', todo: '⚑' }

function outcomeOf(type, data) {
  if (data.skip !== undefined && data.skip !== false) return 'skipped'
  if (data.todo !== undefined && data.todo !== false) return 'todo'
  return type === 'test:pass' ? 'passed' : 'failed'
}

const isSuite = (data) => data.details?.type === 'suite'
const indent = (data) => '  '.repeat(data.nesting + 1)

/** A suite or test that failed only because something inside it did: that has been shown. */
const isEcho = (data) => data.details?.error?.failureType === 'subtestsFailed'

function detail({ skip, todo, details }) {
  const reason = [skip, todo].find((value) => typeof value === 'string' && value !== '')
  const time = details?.duration_ms >= 100 ? ` (${(details.duration_ms / 1000).toFixed(1)} s)` : ''
  return `${time}${reason === undefined ? '' : ` # ${reason}`}`
}

function failure(data) {
  const error = data.details?.error
  return inspect(error?.cause ?? error, { depth: 4 })
}
