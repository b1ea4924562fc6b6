/** Listeners by event name. */
import { show, typeError } from '../errors.ts'

export class Events<E extends object> {
  readonly #listeners = new Map<keyof E, Set<(value: never) => void>>()
  readonly #names: readonly (keyof E & string)[]

  constructor(names: readonly (keyof E & string)[]) {
    this.#names = names
  }

  on<K extends keyof E>(event: K, listener: (value: E[K]) => void): () => void {
    if (!this.#names.includes(event as never)) {
      throw typeError(
        'ERR_ARGUMENT',
        `event must be one of ${this.#names.join(', ')}; got ${show(event)}`,
      )
    }
    if (typeof listener !== 'function') {
      throw typeError('ERR_ARGUMENT', `listener must be a function; got ${show(listener)}`)
    }
    let set = this.#listeners.get(event)
    if (set === undefined) this.#listeners.set(event, (set = new Set()))
    set.add(listener)
    return () => void set.delete(listener)
  }

  /** True if somebody listens. */
  has(event: keyof E): boolean {
    return (this.#listeners.get(event)?.size ?? 0) > 0
  }

  /** A listener that throws does so in a task of its own: it must not keep the others, or the pool, from going on. */
  emit<K extends keyof E>(event: K, value: E[K]): void {
    for (const listener of this.#listeners.get(event) ?? []) {
      try {
        ;(listener as (value: E[K]) => void)(value)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}
