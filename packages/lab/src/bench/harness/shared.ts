// Something several entries of an experiment use together: a pool, a rival's process. Opened by the first, closed by
// the last, so that no entry is measured beside threads nobody needs.

export interface Shared<T> {
  readonly acquire: () => Promise<T>
  readonly release: () => Promise<void>
}

export function shared<T>(open: () => T | Promise<T>, close: (value: T) => unknown): Shared<T> {
  let users = 0
  let value: Promise<T> | undefined
  return {
    acquire: async () => {
      value ??= Promise.resolve().then(open)
      const opened = value
      try {
        const result = await opened
        users++
        return result
      } catch (error) {
        if (value === opened) value = undefined
        throw error
      }
    },
    release: async () => {
      users--
      if (users > 0 || value === undefined) return
      const closing = value
      value = undefined
      await close(await closing)
    },
  }
}
