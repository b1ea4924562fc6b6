/** Checks of errors. */
import assert from 'node:assert/strict'

export interface Expected {
  readonly type?: abstract new (...args: never[]) => Error
  readonly code: string
  readonly message: RegExp
}

/** For `assert.throws` and `assert.rejects`: the error's class, code, and a part of its message. */
export function like({ type, code, message }: Expected): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof (type ?? Error), `expected ${type?.name}; got ${String(error)}`)
    assert.equal((error as { code?: unknown }).code, code, String(error))
    assert.match(error.message, message)
    return true
  }
}

/** The error that `action` throws or rejects with; fails if there is none. */
export async function errorOf(action: () => unknown): Promise<Error & Record<string, unknown>> {
  let result: unknown
  try {
    result = await action()
  } catch (error) {
    return error as Error & Record<string, unknown>
  }
  return assert.fail(`expected an error; got ${String(result)}`)
}
