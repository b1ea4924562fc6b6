/** Listeners by event name. */
export class Events<E extends object> {
  readonly #listeners = new Map<keyof E, Set<(value: never) => void>>()

  on<K extends keyof E>(event: K, listener: (value: E[K]) => void): () => void {
    let set = this.#listeners.get(event)
    if (set === undefined) this.#listeners.set(event, (set = new Set()))
    set.add(listener)
    return () => void set.delete(listener)
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
