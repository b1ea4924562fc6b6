// Another checkout of this repository, built, whose benchmarks are run in turn with ours.
import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, sep } from 'node:path'
import { UsageError } from '../usage-error.ts'

/** The program that measures one benchmark of the checkout at `folder`. Throws `UsageError` unless it would measure that checkout. */
export function programOf(folder: string): string {
  const program = join(folder, 'packages/lab/dist/bench/one-benchmark.js')
  if (!existsSync(program)) {
    throw new UsageError(
      `--against ${folder}: expected the root of a checkout that is built; there is no packages/lab/dist/bench/one-benchmark.js`,
    )
  }
  const root = realpathSync(folder) + sep
  const library = libraryOf(program)
  if (library === undefined || !library.startsWith(root)) {
    throw new UsageError(
      `--against ${folder}: its benchmarks would measure ${library === undefined ? 'nothing' : 'the library of another folder'}, ` +
        'because its node_modules has no spillway of its own; run npm ci and npm run build there',
    )
  }
  return program
}

/** Where the library lies that a program imports: a link in some node_modules above it, which may lead elsewhere. */
function libraryOf(program: string): string | undefined {
  try {
    return realpathSync(createRequire(program).resolve('spillway/package.json'))
  } catch {
    return undefined
  }
}
