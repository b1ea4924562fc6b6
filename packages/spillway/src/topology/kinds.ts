/** Performance and efficiency cores, from whatever the machine says about how fast a cpu is. */
import type { SystemFiles } from './files.ts'

const CPU = 'sys/devices/system/cpu'

/** A new kind begins where a value exceeds the one before by more than this: single cores are favoured by less. */
const GAP = 1.1

/** Values per cpu, the first source that all cpus have decides. Some are ranks, some frequencies: only their order is used. */
const SOURCES = [
  'cpufreq/amd_pstate_highest_perf',
  'acpi_cppc/highest_perf',
  'cpu_capacity',
  'cpufreq/cpuinfo_max_freq',
]

/** Intel's performance counters know the kinds by name, the slowest first here. */
const COUNTERS = ['cpu_lowpower', 'cpu_atom', 'cpu_core']

/**
 * The kind of each cpu, 0 the slowest, in the order of `cpus`; null if there is only one or nothing tells.
 *
 * @param counters Reads a cpu set file as numbers.
 */
export function readKinds(
  files: SystemFiles,
  cpus: readonly number[],
  counters: (path: string) => readonly number[] | null,
): number[] | null {
  for (const source of SOURCES) {
    // Turbo frequencies differ between equal cores; what Intel's counters say is better.
    const named = source.endsWith('freq') ? namedKinds(cpus, counters) : null
    if (named !== null) return named
    const values = valuesOf(files, cpus, source)
    if (values !== null) return kindsOfValues(values) ?? namedKinds(cpus, counters)
  }
  return null
}

/** Some cores with SMT and some without are of two kinds. Only true while no cpu is offline. */
export function kindsBySmt(threadsOfCore: readonly number[]): number[] | null {
  const without = threadsOfCore.filter((threads) => threads === 1).length
  if (without === 0 || without === threadsOfCore.length) return null
  return threadsOfCore.map((threads) => (threads > 1 ? 1 : 0))
}

function valuesOf(files: SystemFiles, cpus: readonly number[], source: string): number[] | null {
  const values: number[] = []
  for (const cpu of cpus) {
    const text = files.text(`${CPU}/cpu${cpu}/${source}`)
    const value = text !== null && /^\d{1,15}$/.test(text) ? Number(text) : 0
    if (value === 0) return null
    values.push(value)
  }
  return values
}

export function kindsOfValues(values: readonly number[]): number[] | null {
  const sorted = [...new Set(values)].toSorted((a, b) => a - b)
  const kinds = new Map<number, number>()
  let kind = 0
  for (const [at, value] of sorted.entries()) {
    if (at > 0 && value > sorted[at - 1]! * GAP) kind++
    kinds.set(value, kind)
  }
  return kind === 0 ? null : values.map((value) => kinds.get(value)!)
}

function namedKinds(
  cpus: readonly number[],
  counters: (path: string) => readonly number[] | null,
): number[] | null {
  const sets = COUNTERS.map((name) => new Set(counters(`sys/devices/${name}/cpus`)))
  const present = sets.filter((set) => cpus.some((cpu) => set.has(cpu)))
  const kinds = cpus.map((cpu) => present.findIndex((set) => set.has(cpu)))
  return present.length > 1 && !kinds.includes(-1) ? kinds : null
}
