import { accessSync, constants, existsSync, statSync } from 'node:fs'
import path from 'node:path'
import { UsageError } from '../usage-error.ts'

/** Fails before minutes of measuring, not after: the directory, or what it will be made in, has to take files. */
export function checkOutputDirectory(directory: string): void {
  if (directory === '') throw new UsageError('--out: a directory is needed')
  let nearest = path.resolve(directory)
  while (!existsSync(nearest)) nearest = path.dirname(nearest)
  if (!statSync(nearest).isDirectory()) throw new UsageError(`--out: ${nearest} is not a directory`)
  try {
    accessSync(nearest, constants.W_OK | constants.X_OK)
  } catch {
    throw new UsageError(`--out: ${nearest} is not writable`)
  }
}
