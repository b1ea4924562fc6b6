/** Columns of a table of cpus: which group each belongs to, by name, in the order of the cpus. */

export type Column = readonly (number | null)[]

/** Cpus whose set is not the very one that a member of it has; equal sets are one array. `places` maps a cpu to its index. */
export function contradicting(
  cpus: readonly number[],
  sets: readonly (readonly number[] | null)[],
  places: ReadonlyMap<number, number>,
): number[] {
  return cpus.filter((_, at) => sets[at]?.some((member) => sets[places.get(member)!] !== sets[at]))
}

/** How many cpus each cpu's group has. */
export function sizes(column: Column): number[] {
  const counts = new Map<number | null, number>()
  for (const name of column) counts.set(name, (counts.get(name) ?? 0) + 1)
  return column.map((name) => counts.get(name)!)
}

/** Each cpu's rank in its group, from 0. */
export function ranks(column: Column): number[] {
  const next = new Map<number | null, number>()
  return column.map((name) => {
    const rank = next.get(name) ?? 0
    next.set(name, rank + 1)
    return rank
  })
}

/** `column` without the groups that are groups of `other` too. */
export function dropEqual(column: Column, other: Column): Column {
  const mine = sizes(column)
  const theirs = sizes(other)
  const common = new Map<number, Set<number | null>>()
  column.forEach((name, at) => {
    if (name === null) return
    const partners = common.get(name)
    if (partners === undefined) common.set(name, new Set([other[at]!]))
    else partners.add(other[at]!)
  })
  return column.map((name, at) => {
    if (name === null) return null
    const same = other[at] !== null && common.get(name)!.size === 1 && mine[at] === theirs[at]
    return same ? null : name
  })
}
