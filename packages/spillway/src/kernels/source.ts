/**
 * Kernels that travel as source text: plain functions and kernels that no module registered.
 *
 * The caller checks the text with a real parser before anything runs: a captured variable does not exist in a worker. Texts are
 * compiled once per thread, and each gets loops whose text contains the body, so V8 keeps separate feedback for each.
 */
import { plainError, show, typeError } from '../errors.ts'
import type { KernelSource } from '../heap/catalogue.ts'
import { NO_PARTS } from './runnable.ts'
import type { LoopFailure, Runnable } from './runnable.ts'
import { flavorOf } from './types.ts'
import type { AnyKernel } from './types.ts'

/** The parser's module, which is large and loaded when a thread may need it: see analyser.ts. */
export type SourceAnalyser = typeof import('./free-variables.ts')

/**
 * Takes a kernel's functions apart into source texts, refusing what cannot work in another thread.
 */
export function sourceOf(
  kernel: AnyKernel,
  analyser: SourceAnalyser,
  globals: ReadonlySet<string>,
): KernelSource {
  const parts: Record<string, string> = {}
  const add = (part: string, value: unknown): void => {
    if (value !== undefined)
      parts[part] = checkedText(kernel, part, value as () => void, analyser, globals)
  }
  if (kernel.kind === 'reduce') {
    if (typeof kernel.identity === 'function') add('identity', kernel.identity)
    else parts['identity'] = `() => (${literal(kernel.identity)})`
    add('fold', kernel.fold)
    add('foldRange', kernel.foldRange)
  } else add('body', kernel.body)
  return { kind: kernel.kind, parts }
}

function literal(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (Object.is(value, -0)) return '-0'
  if (value === undefined) return 'undefined'
  return typeof value === 'number' ? String(value) : JSON.stringify(value)
}

function checkedText(
  { kind, name }: AnyKernel,
  part: string,
  body: () => void,
  analyser: SourceAnalyser,
  globals: ReadonlySet<string>,
): string {
  const what = `kernel "${name}" (${part}), which travels to workers as source text,`
  let report: ReturnType<SourceAnalyser['analyseSource']>
  try {
    report = analyser.analyseSource(Function.prototype.toString.call(body))
  } catch (error) {
    throw typeError('ERR_SOURCE', `${what} cannot be read back: ${(error as Error).message}`)
  }
  if (kind !== 'job' && (report.isAsync || report.isGenerator)) {
    throw typeError('ERR_SOURCE', `${what} must be a plain function, neither async nor a generator`)
  }
  for (const [used, word] of [
    [report.usesThis, 'this'],
    [report.usesSuper, 'super'],
    [report.usesImportMeta, 'import.meta'],
    [report.usesDynamicImport, 'import()'],
    [report.isArrow && report.usesArguments, 'the arguments of the function around it'],
    [report.isArrow && report.usesNewTarget, 'new.target'],
  ] as const) {
    if (used)
      throw typeError('ERR_SOURCE', `${what} cannot use ${word}: move it into a kernels module`)
  }
  const unknown = report.free.filter((free) => free !== '__name' && !globals.has(free))
  if (unknown.length > 0) {
    throw typeError(
      'ERR_CAPTURED',
      `${what} uses ${unknown.map(show).join(', ')}, which ${unknown.length === 1 ? 'does' : 'do'} not exist there. ` +
        unknown.map((free) => analyser.explainFreeName(free)).join(' '),
    )
  }
  return report.expression
}

let compiled = 0

/** Compiles source texts in this thread. */
export function compileSource(name: string, source: KernelSource): Runnable {
  const { kind, parts } = source
  if (kind === 'job') {
    const { body } = evaluate(name, `return { body: (${parts['body']}) }`)
    return { ...NO_PARTS, kind, name, flavor: flavorOf(body), body: body! }
  }
  const text =
    kind === 'reduce'
      ? `const identity = (${parts['identity']});\n${foldText(parts)}return { identity, fold: spillwayFold }`
      : `const body = (${parts['body']});\n${runText(kind)}return { run: spillwayRun }`
  const made = evaluate(name, text)
  return {
    kind,
    name,
    id: -1,
    run: made.run ?? NO_PARTS.run,
    fold: made.fold ?? NO_PARTS.fold,
    identity: made.identity ?? NO_PARTS.identity,
    combine: NO_PARTS.combine,
    flavor: 'plain',
    body: NO_PARTS.body,
    costMs: 0,
    samples: 0,
    unsampled: 0,
  }
}

/** The loop around one statement, with integer bounds where they fit: see tools/generate-loops.js. */
function loopText(statement: string, result: string): string {
  const loop = (from: string, to: string): string => `  let i = ${from}
  const last = ${to}
  try { for (; i < last; i++) ${statement} } catch (error) { failure.index = i; throw error }
  return ${result}`
  return `  if ((start | 0) === start && (end | 0) === end) {
${loop('start | 0', 'end | 0')}
  }
${loop('start', 'end')}`
}

function runText(kind: 'each' | 'range'): string {
  return kind === 'range'
    ? 'function spillwayRun(start, end, args) { body(start, end, args) }\n'
    : `function spillwayRun(start, end, args, failure) {\n${loopText('body(i, args)', 'undefined')}\n}\n`
}

function foldText(parts: Readonly<Record<string, string>>): string {
  if (parts['foldRange'] !== undefined) {
    return `const foldRange = (${parts['foldRange']});
function spillwayFold(accumulator, start, end, args) { return foldRange(accumulator, start, end, args) }\n`
  }
  return `const fold = (${parts['fold']});
function spillwayFold(accumulator, start, end, args, failure) {
${loopText('accumulator = fold(accumulator, i, args)', 'accumulator')}
}\n`
}

interface Made {
  run?: (start: number, end: number, args: unknown, failure: LoopFailure) => void
  fold?: Runnable['fold']
  identity?: () => unknown
  body?: Runnable['body']
}

function evaluate(name: string, text: string): Made {
  // esbuild and tsx wrap nested functions in __name(fn, 'name'); here it only has to give the function back.
  const prelude = '"use strict"; const __name = (target) => target;\n'
  const label = `spillway-inline/${name.replace(/[^\w-]/g, '_')}-${compiled++}.js`
  let factory: () => Made
  try {
    // Source text is the whole point of this form; kernels modules are the form without evaluation.
    // oxlint-disable-next-line typescript/no-implied-eval
    factory = new Function(`${prelude}${text}\n//# sourceURL=${label}`) as () => Made
  } catch (error) {
    throw plainError(
      'ERR_SOURCE',
      `kernel "${name}" could not be compiled from its source (${(error as Error).message.trim()}); ` +
        'where a Content-Security-Policy forbids evaluation, put it into a kernels module',
      error,
    )
  }
  return factory()
}
