/** Sets of cpus as the Linux kernel writes them: lists (`0-3,8`) and masks (`ff,00000000`). */
import { MAX_CPUS } from './model.ts'

/** `8`, `0-3`, `0-31:4` (every fourth, as `taskset` takes it) and `0-31:2/8` (two of every eight, as boot parameters do). */
const RUN = /^\s*(\d{1,9})(?:-(\d{1,9})(?::(\d{1,9})(?:\/(\d{1,9}))?)?)?\s*$/

/** The numbers of a list, ascending, each once; null if this is no list or names a cpu from `MAX_CPUS` on. `''` is the empty list. */
export function parseCpuList(text: string): number[] | null {
  const found = new Set<number>()
  for (const part of text.trim() === '' ? [] : text.trim().split(',')) {
    const match = RUN.exec(part)
    if (match === null) return null
    const [first, last = first, some, group] = match
      .slice(1)
      .map((digits) => (digits === undefined ? undefined : Number(digits))) as [
      number,
      number?,
      number?,
      number?,
    ]
    const used = group === undefined ? 1 : some!
    const step = group ?? some ?? 1
    if (last < first || last >= MAX_CPUS || used < 1 || step < used) return null
    for (let from = first; from <= last; from += step) {
      for (let cpu = from; cpu < from + used && cpu <= last; cpu++) found.add(cpu)
    }
  }
  return ascending(found)
}

/**
 * The numbers of a mask, ascending; null if this is no mask or names a cpu from `MAX_CPUS` on. Words of 32 bits, the highest first,
 * in hexadecimal, with or without leading zeros, between commas.
 */
export function parseCpuMask(text: string): number[] | null {
  const words = text.trim().split(',').toReversed()
  const found: number[] = []
  for (const [at, word] of words.entries()) {
    if (!/^[0-9a-f]{1,8}$/i.test(word)) return null
    const bits = Number.parseInt(word, 16)
    if (bits !== 0 && (at + 1) * 32 > MAX_CPUS) return null
    for (let bit = 0; bits >>> bit !== 0 && bit < 32; bit++) {
      if (((bits >>> bit) & 1) === 1) found.push(at * 32 + bit)
    }
  }
  return found
}

/** `0-3,8`: runs joined, as the kernel writes it. */
export function formatCpuList(cpus: Iterable<number>): string {
  const runs: [number, number][] = []
  for (const cpu of ascending(new Set(cpus))) {
    const last = runs.at(-1)
    if (last !== undefined && last[1] === cpu - 1) last[1] = cpu
    else runs.push([cpu, cpu])
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',')
}

function ascending(cpus: Iterable<number>): number[] {
  return [...cpus].toSorted((a, b) => a - b)
}
