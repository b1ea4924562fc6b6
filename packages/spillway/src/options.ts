/** Checks that all options share. Messages name the argument, what it must be, and what came. */
import { rangeError, show, typeError } from './errors.ts'

export function positiveInteger(name: string, value: unknown): number {
  if (typeof value !== 'number')
    throw typeError('ERR_OPTION', `${name} must be a number; got ${show(value)}`)
  if (!Number.isSafeInteger(value) || value < 1) {
    throw rangeError('ERR_OPTION', `${name} must be an integer of at least 1; got ${show(value)}`)
  }
  return value
}

export function oneOf(name: string, value: unknown, allowed: readonly string[]): string {
  if (typeof value === 'string' && allowed.includes(value)) return value
  throw typeError('ERR_OPTION', `${name} must be one of ${allowed.join(', ')}; got ${show(value)}`)
}

export function abortSignal(value: unknown): AbortSignal {
  const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>
  if (typeof aborted === 'boolean' && typeof addEventListener === 'function') {
    return value as AbortSignal
  }
  throw typeError('ERR_OPTION', `signal must be an AbortSignal; got ${show(value)}`)
}

export function unknownOption(what: string, key: string, known: readonly string[]): TypeError {
  const near = known.find(
    (name) => name.toLowerCase() === key.toLowerCase() || name.startsWith(key),
  )
  const guess = near === undefined ? '' : ` (did you mean ${near}?)`
  return typeError(
    'ERR_OPTION',
    `unknown ${what} option ${show(key)}${guess}; known: ${known.join(', ')}`,
  )
}

export function flag(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw typeError('ERR_OPTION', `${name} must be true or false; got ${show(value)}`)
}

export function timeoutOption(timeout: unknown): number {
  if (typeof timeout !== 'number') {
    throw typeError('ERR_OPTION', `timeout must be a number of milliseconds; got ${show(timeout)}`)
  }
  if (timeout >= 0) return timeout
  throw rangeError('ERR_OPTION', `timeout must be at least 0 ms; got ${timeout}`)
}

export function checkKeys(what: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw typeError('ERR_OPTION', `${what} options must be a record; got ${show(options)}`)
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw unknownOption(what, key, known)
  }
}
