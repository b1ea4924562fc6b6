/** Runtimes with Node's modules: which one this is, and what Bun and Deno do otherwise. */

/** True in Node, and in Bun and Deno, which offer its modules. */
export function isNode(): boolean {
  return typeof process === 'object' && typeof process.getBuiltinModule === 'function'
}

/** Null in Node itself. */
export function otherThanNode(): 'bun' | 'deno' | null {
  const { bun, deno } = process.versions as Record<string, string | undefined>
  return bun ? 'bun' : deno ? 'deno' : null
}

/** Number of this thread in the system, null where it cannot be told. */
export function systemThread(): number | null {
  try {
    const link = process.getBuiltinModule('node:fs').readlinkSync('/proc/thread-self')
    return Number(/\/task\/(\d+)$/.exec(link)![1])
  } catch {
    return null
  }
}

/**
 * False once a thread of this process has ended.
 */
export function livesInSystem(thread: number): boolean {
  return process.getBuiltinModule('node:fs').existsSync(`/proc/self/task/${thread}`)
}
