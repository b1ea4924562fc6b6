/** How a thread of Node loads modules that it knows by their URLs. */
import { importModule } from './import-module.ts'
import { otherThanNode } from './runtime.ts'

/** Whether `require` takes modules: Node 20.19, 22.12 and later. The one version that warns about it does without, as do Bun and Deno. */
export function canRequire(): boolean {
  if (otherThanNode() !== null) return false
  const features = process.features as { readonly require_module?: boolean }
  return features.require_module === true && !process.versions.node.startsWith('22.12.')
}

export type Require = (path: string) => unknown

/**
 * Loads modules with `require` where that gives what `import()` would: a thread that never imports need not boot the loader behind
 * it, a tenth of a worker's start. What `require` refuses, such as top-level await, is imported, and fails as an import does.
 */
export async function loadModules(urls: readonly string[], require: Require | null): Promise<void> {
  const may = require !== null && canRequire() && !hasHooks()
  const left = may ? urls.filter((url) => !isRequired(url, require)) : urls
  try {
    await Promise.all(left.map((url) => importModule(url)))
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_UNKNOWN_FILE_EXTENSION') addHelp(error as Error)
    throw error
  }
}

/** Loaders that run the program's TypeScript do not reach its workers. */
function addHelp(error: Error): void {
  error.message +=
    '. Workers load what this version of Node loads by itself, TypeScript from 22.18 on: compile the kernels, or give ' +
    'JobSystem.start the option worker with a JavaScript file that registers a loader and then imports them'
}

/** Flags that may change how modules are loaded; workers inherit them, and nothing else of this kind. */
function hasHooks(): boolean {
  const flags = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ')
  return /(?:^|[\s"])-(?:r|-\S*(?:import|require|loader|config|mocks))/.test(flags)
}

/** True if `require` loaded it. Only for endings that both ways treat alike. */
function isRequired(url: string, require: Require): boolean {
  const path = /^file:\/\/(\/[^?#]*\.[cm]?js)$/.exec(url)?.[1]
  if (path === undefined) return false
  try {
    require(decodeURIComponent(path).replace(/^\/(?=[a-z]:)/i, ''))
    return true
  } catch {
    return false
  }
}
