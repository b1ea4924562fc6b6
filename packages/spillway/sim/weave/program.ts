/** Woven text brought to life: what its `$` functions do. */
import { isSteps } from '../steps.ts'
import type { Step, Woven } from '../steps.ts'
import { link } from './source.ts'
import type { SourceOptions } from './source.ts'
import { weaveText } from './weave.ts'
import type { Site, WovenText } from './weave.ts'

/** Watches plain accesses to shared words. */
export interface Observer {
  read(index: number): void
  write(index: number, old: number): void
}

export interface WovenProgram<M> {
  readonly exports: Woven<M>
  readonly sites: readonly Site[]
  /** The request that a woven thread has just yielded. */
  readonly step: Step
  /** Makes `words` the shared memory, watched by `observer`. */
  attach(words: Int32Array, observer: Observer): void
  /** Call it before a thread runs its first code: it stands nowhere yet. */
  begin(): void
}

/** Links and weaves program `entry`, a path below the package. */
export async function weave<M>(
  entry: string,
  options: SourceOptions = {},
): Promise<WovenProgram<M>> {
  return evaluate<M>(weaveText(await link(entry, options), options.fast !== true))
}

function evaluate<M>({ code, sites }: WovenText): WovenProgram<M> {
  const step: Step = { op: 0, index: 0, a: 0, b: 0, site: 0, place: 0, place2: 0 }
  let shared: Int32Array | null = null
  let observer: Observer = { read: () => {}, write: () => {} }
  let begin = (): void => {}
  const tools = {
    $step(op: number, site: number, first: unknown, index = 0, a = 0, b = 0): void {
      // Seam functions have no memory: `first` is their only argument, a duration.
      const onWords = first === shared
      if (!onWords && typeof first === 'object') {
        throw new Error('sim: a step on memory that is not shared')
      }
      step.op = op
      step.site = site
      step.index = onWords ? index : -1
      step.a = onWords ? a : ((first as number | undefined) ?? 0)
      step.b = b
    },
    $save(place: number, place2: number): Step {
      step.place = place
      step.place2 = place2
      return step
    },
    $get(object: Record<PropertyKey, unknown>, key: number): unknown {
      if ((object as unknown) === shared) observer.read(key)
      return object[key]
    },
    $set(object: Record<PropertyKey, unknown>, key: number, value: unknown): unknown {
      const old = object[key]
      object[key] = value
      if ((object as unknown) === shared) observer.write(key, old as number)
      return value
    },
    $isSteps: isSteps,
    $of: fingerprint,
    $begin(set: () => void): void {
      begin = set
    },
  }
  // The code is this repository's own, from files beside this one.
  // oxlint-disable-next-line no-implied-eval
  const body = new Function(...Object.keys(tools), code)
  return {
    exports: body(...Object.values(tools)) as Woven<M>,
    sites,
    step,
    attach(words, watch) {
      shared = words
      observer = watch
    },
    begin: () => begin(),
  }
}

const known = new WeakMap<object, number>()

/**
 * A number for a value that is no small integer. Objects must not change once they are in sight, or say themselves what they are by a
 * property `fingerprint`; what tells them apart must be in their properties, not in closures. Arrays may change.
 */
function fingerprint(value: unknown): number {
  if (value === undefined) return 0x1111
  if (value === null) return 0x2222
  if (typeof value === 'boolean') return value ? 0x3333 : 0x4444
  if (typeof value === 'function') return 0x5555
  if (typeof value === 'number' || typeof value === 'string') return ofText(String(value))
  if (ArrayBuffer.isView(value)) return 0x6666
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => ofNext(sum, one), 0x7777)
  if (typeof value !== 'object') throw new Error(`sim: no fingerprint for a ${typeof value}`)
  if ('fingerprint' in value) return value.fingerprint as number
  let hash = known.get(value)
  if (hash === undefined) {
    hash = Object.entries(value).reduce((sum, [key, one]) => ofNext(ofNext(sum, key), one), 0x8888)
    known.set(value, hash)
  }
  return hash
}

function ofNext(hash: number, value: unknown): number {
  const next = typeof value === 'number' && (value | 0) === value ? value : fingerprint(value)
  return Math.imul(hash ^ next, 0x0100_0193) ^ (hash >>> 11)
}

function ofText(text: string): number {
  let hash = 0x811c_9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193)
  return hash
}
