/** Systems that tell JavaScript little: counts, and no map from a cpu to what it shares. */
import type { Cpu, Topology } from './model.ts'

/** So many cpus, of which nothing else is known. */
export function flatTopology(count: number, source: string, notes: readonly string[]): Topology {
  const cpus = Array.from({ length: Math.max(1, count) }, (_, cpu) => row({ cpu }))
  return { source, cpus, offline: [], quota: null, distances: null, notes }
}

function row(known: Partial<Cpu> & { readonly cpu: number }): Cpu {
  return {
    package: null,
    die: null,
    numa: null,
    l3: null,
    l2: null,
    cluster: null,
    core: known.cpu,
    smt: 0,
    eff: null,
    allowed: true,
    ...known,
  }
}

export const SYSCTL_NAMES: readonly string[] = [
  'hw.packages',
  'hw.physicalcpu',
  'hw.logicalcpu',
  'hw.perflevel0',
  'hw.perflevel1',
  'hw.perflevel2',
  'hw.perflevel3',
]

/**
 * macOS, from what `sysctl` prints for `SYSCTL_NAMES`. It counts cores of each performance level and cpus that share an L2, and does not
 * say which those are: groups of the right sizes are made, the fastest level first, under numbers that mean nothing to the system. Null
 * if the text has no counts.
 */
export function readDarwin(sysctl: string): Topology | null {
  const values = new Map<string, number>()
  for (const [, name, text] of sysctl.matchAll(/^hw\.(\S+): (\d{1,6})$/gm)) {
    values.set(name!, Number(text))
  }
  const levels = levelsOf(values)
  const threads = levels.reduce((sum, level) => sum + level.logical, 0)
  if (threads === 0 || threads > 4096) return null
  const cpus: Cpu[] = []
  levels.forEach(({ physical, logical, sharingL2 }, level) => {
    const first = cpus.length
    const perCore = Math.max(1, Math.round(logical / Math.max(1, physical)))
    for (let at = 0; at < logical; at++) {
      cpus.push(
        row({
          cpu: first + at,
          package: levels.length > 1 || values.get('packages') === 1 ? 0 : null,
          numa: 0,
          l2: sharingL2 > 0 ? first + at - (at % sharingL2) : null,
          core: first + at - (at % perCore),
          smt: at % perCore,
          eff: levels.length > 1 ? levels.length - 1 - level : null,
        }),
      )
    }
  })
  return {
    source: 'macOS sysctl (counts only)',
    cpus,
    offline: [],
    quota: null,
    distances: null,
    notes: [
      'macOS does not say which cpu is which: numbers are made up, group sizes and kinds are not',
    ],
  }
}

interface Level {
  readonly physical: number
  readonly logical: number
  /** Cpus behind one L2, 0 if unknown. */
  readonly sharingL2: number
}

function levelsOf(values: ReadonlyMap<string, number>): Level[] {
  const level = (prefix: string): Level => ({
    physical: values.get(`${prefix}physicalcpu`) ?? 0,
    logical: values.get(`${prefix}logicalcpu`) ?? 0,
    sharingL2: values.get(`${prefix}cpusperl2`) ?? 0,
  })
  const levels = [0, 1, 2, 3]
    .map((number) => level(`perflevel${number}.`))
    .filter(({ logical }) => logical > 0)
  return levels.length > 0 ? levels : [level('')]
}
