/** Kernels of one system: what the caller's thread knows about each that was ever used. */
import { ArgumentChecker } from '../binding/write.ts'
import type { ShapeTable } from '../binding/write.ts'
import { show, typeError } from '../errors.ts'
import type { Catalogue } from '../heap/catalogue.ts'
import { requiredFields } from './argument-fields.ts'
import { toRunnable } from './runnable.ts'
import type { Runnable } from './runnable.ts'
import { compileSource, sourceOf } from './source.ts'
import type { SourceAnalyser } from './source.ts'
import { flavorOf, isKernel } from './types.ts'
import type { AnyKernel, KernelKind } from './types.ts'

export interface KernelState {
  /** Its entry in the catalogue. */
  readonly id: number
  readonly name: string
  readonly runnable: Runnable
  readonly checker: ArgumentChecker
  /** Estimated cost of one index in one thread; -1 before the first run. */
  nanosecondsPerIndex: number
  /** True while the estimate holds more than the kernel's own time. */
  rough: boolean
  /** Calls until the next one is timed, and how many were left out before it: more while the cost keeps steady. */
  untimed: number
  interval: number
}

export class KernelTable {
  readonly #byValue = new WeakMap<object, KernelState>()
  readonly #byText = new Map<string, KernelState>()
  readonly #catalogue: Catalogue
  readonly #shapes: ShapeTable
  #analyser: () => SourceAnalyser = notYet
  #globals: ReadonlySet<string> = new Set()

  constructor(catalogue: Catalogue, shapes: ShapeTable) {
    this.#catalogue = catalogue
    this.#shapes = shapes
  }

  /** Sets what gives the parser, and the names that source text may use: globals of the workers. Before the first kernel. */
  analyseWith(analyser: () => SourceAnalyser, globals: ReadonlySet<string>): void {
    this.#analyser = analyser
    this.#globals = globals
  }

  /** The state of a kernel, or of a plain function that stands for one of kind `plain`. */
  stateOf(value: unknown, allowed: readonly KernelKind[], plain: KernelKind): KernelState {
    if ((typeof value === 'object' && value !== null) || typeof value === 'function') {
      const known = this.#byValue.get(value)
      if (known !== undefined && allowed.includes(known.runnable.kind)) return known
    }
    const kernel = asKernel(value, allowed, plain)
    const state = kernel.url === null ? this.#fromSource(kernel) : this.#fromModule(kernel)
    this.#byValue.set(value as object, state)
    return state
  }

  #fromModule(kernel: AnyKernel): KernelState {
    const id = this.#catalogue.append({ type: 'kernel', name: kernel.name, url: kernel.url! })
    return this.#state(id, toRunnable(kernel), kernel)
  }

  /** Equal text is one kernel to the workers, however often the program writes it down. */
  #fromSource(kernel: AnyKernel): KernelState {
    const text = textOf(kernel)
    let known = this.#byText.get(text)
    if (known === undefined) {
      const source = sourceOf(kernel, this.#analyser(), this.#globals)
      const id = this.#catalogue.append({ type: 'kernel', name: kernel.name, source })
      known = this.#state(id, compileSource(kernel.name, source), kernel)
      this.#byText.set(text, known)
    }
    if (kernel.kind !== 'reduce') return known
    // `combine` runs in this thread alone and may capture, so each value keeps its own.
    const runnable: Runnable = { ...known.runnable, combine: kernel.combine }
    return { ...known, runnable }
  }

  #state(id: number, runnable: Runnable, kernel: AnyKernel): KernelState {
    const { name } = kernel
    runnable.id = id
    return {
      id,
      name,
      runnable,
      checker: new ArgumentChecker(this.#shapes, name, fieldsOf(kernel)),
      nanosecondsPerIndex: -1,
      rough: false,
      untimed: 0,
      interval: 0,
    }
  }
}

function notYet(): never {
  throw new Error('kernels: nobody has said what analyses source text')
}

/** What tells kernels without a module apart. Reading it costs far less than parsing it. */
function textOf(kernel: AnyKernel): string {
  const { kind, name } = kernel
  if (kernel.kind !== 'reduce') return [kind, name, kernel.body].map(String).join('\0')
  const { identity, fold, foldRange } = kernel
  const literal = typeof identity === 'number' && Object.is(identity, -0) ? '-0' : String(identity)
  return [kind, name, typeof identity, literal, fold, foldRange].map(String).join('\0')
}

function fieldsOf(kernel: AnyKernel): readonly string[] {
  const text = (body: unknown): string => Function.prototype.toString.call(body)
  if (kernel.kind !== 'reduce')
    return requiredFields(text(kernel.body), kernel.kind === 'range' ? 2 : 1)
  return kernel.fold === undefined
    ? requiredFields(text(kernel.foldRange), 3)
    : requiredFields(text(kernel.fold), 2)
}

function asKernel(value: unknown, allowed: readonly KernelKind[], plain: KernelKind): AnyKernel {
  if (isKernel(value)) {
    if (allowed.includes(value.kind)) return value
    throw typeError(
      'ERR_KERNEL',
      `kernel ${show(value.name)} is made by ${value.kind}(); this call takes kernels made by ${allowed.map((kind) => `${kind}()`).join(' or ')}`,
    )
  }
  if (typeof value === 'function' && plain !== 'reduce') {
    const flavor = plain === 'job' ? { flavor: flavorOf(value) } : {}
    return {
      kind: plain,
      name: value.name || 'inline',
      url: null,
      body: value,
      ...flavor,
    } as AnyKernel
  }
  throw typeError(
    'ERR_KERNEL',
    `kernel must be made by ${allowed.map((kind) => `${kind}()`).join(' or ')}${plain === 'reduce' ? '' : ', or be a plain function'}; got ${show(value)}`,
  )
}
