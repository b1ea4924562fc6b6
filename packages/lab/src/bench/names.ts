// Which benchmarks a command line means, and what somebody probably meant who mistyped one.
import { UsageError } from '../usage-error.ts'

/** The named ones in the suite's order, all of them when nothing is named. Throws `UsageError`. */
export function select<T extends { readonly name: string }>(
  all: readonly T[],
  names: readonly string[],
): readonly T[] {
  const known = all.map(({ name }) => name)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    const guesses = nearest(unknown, known)
    const hint = guesses.length === 0 ? '' : `\ndid you mean ${guesses.join(' or ')}?`
    throw new UsageError(`unknown benchmark '${unknown}'; there are: ${known.join(', ')}${hint}`)
  }
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name))
}

/** The names whose beginning is closest to the word, all of them if several are; none when all are far away. */
export function nearest(word: string, names: readonly string[]): string[] {
  const distances = names.map((name) => distanceToBeginning(word, name))
  const best = Math.min(...distances)
  if (best > Math.ceil(word.length / 3)) return []
  return names.filter((_, index) => distances[index] === best)
}

/** Levenshtein's distance between the word and whichever beginning of the name is closest, one row at a time. */
export function distanceToBeginning(word: string, name: string): number {
  let row = Array.from({ length: name.length + 1 }, (_, column) => column)
  for (let line = 1; line <= word.length; line++) {
    const next = [line]
    for (let column = 1; column <= name.length; column++) {
      const replaced = row[column - 1] + (word[line - 1] === name[column - 1] ? 0 : 1)
      const removed = row[column] + 1
      const added = next[column - 1] + 1
      next.push(Math.min(replaced, removed, added))
    }
    row = next
  }
  return Math.min(...row)
}
