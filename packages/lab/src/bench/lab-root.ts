// The folder of this package, wherever the compiled file lies below it (dist, or the tests' build).
import { existsSync } from 'node:fs'

export function labRoot(): URL {
  let folder = new URL('./', import.meta.url)
  for (let depth = 0; depth < 8; depth++) {
    if (existsSync(new URL('package.json', folder))) return folder
    folder = new URL('../', folder)
  }
  throw new Error('package.json of the lab package was not found')
}
