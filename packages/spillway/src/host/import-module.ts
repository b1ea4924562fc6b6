/** Imports a module by a URL that only the running program knows. The marks tell bundlers, of which each has its own, to leave it alone. */
export function importModule(url: string): Promise<unknown> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ url)
}
