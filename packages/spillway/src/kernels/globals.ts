/** Names of this thread's realm that source text may use without declaring them. */
export function globalNames(): string[] {
  const names = new Set<string>()
  for (let object: unknown = globalThis; object !== null; object = Object.getPrototypeOf(object)) {
    for (const name of Object.getOwnPropertyNames(object)) names.add(name)
  }
  return [...names]
}
