/** Checks for scenarios, which also run where there is no `node:assert`. */

export function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`not so: ${what}`)
}

export function equal(actual: unknown, expected: unknown, what: string): void {
  const [left, right] = [text(actual), text(expected)]
  if (left !== right) throw new Error(`${what}: expected ${right}, got ${left}`)
}

function text(value: unknown): string {
  if (Object.is(value, -0)) return '-0'
  if (typeof value === 'number' || typeof value === 'bigint' || value === undefined)
    return `${value}`
  return ArrayBuffer.isView(value)
    ? `[${(value as unknown as Float64Array).join()}]`
    : JSON.stringify(value)
}

export interface Failure {
  readonly name: string
  readonly message: string
  readonly code: string | undefined
  readonly stack: string | undefined
  readonly raw: unknown
}

/** What a call throws, or its promise rejects with. Fails if it does neither. */
export async function failureOf(what: string, run: () => unknown): Promise<Failure> {
  try {
    await run()
  } catch (raw) {
    const { name, message, code, stack } = raw as Failure
    return { name, message, code, stack, raw }
  }
  throw new Error(`${what}: expected an error, and nothing failed`)
}
