/** How a fresh process answers the one who started it: numbers, as the last line of stdout. */
export function answer(numbers: Readonly<Record<string, number>>): void {
  process.stdout.write(`${JSON.stringify(numbers)}\n`)
}

/** Milliseconds of cpu that all threads of this process have used since `before`. */
export function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
