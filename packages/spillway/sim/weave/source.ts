/**
 * The text to weave: a program with the part of `src/core` and `src/layout` it uses, as one script. esbuild strips the types and
 * links the modules; `core/atomics.ts` and `seam.ts` stay imports, for `weave.ts` to replace.
 */
import { build } from 'esbuild'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A change to a source file's text before it is linked. `from` must occur in it exactly once. */
export interface Edit {
  /** Path below the package, such as `src/core/range.ts`. */
  readonly file: string
  readonly from: string
  readonly to: string
}

export interface SourceOptions {
  readonly edits?: readonly Edit[]
  /** Numbers of the layout to replace, so that a model has small capacities. */
  readonly constants?: Readonly<Record<string, number>>
  /** Threads do not say where they stand: faster, for who does not tell states apart. */
  readonly fast?: boolean
}

export const ATOMICS_MODULE = 'spillway:atomics'
export const SEAM_MODULE = 'spillway:seam'
const LAYOUTS = ['src/layout/layout.ts', 'src/layout/jobs.ts']

/** The package's folder, whether this file runs from `sim/` or from where tests are compiled to. */
export const packageFolder = findPackage(dirname(fileURLToPath(import.meta.url)))

function findPackage(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findPackage(dirname(folder))
}

/** One script with program `entry`, a path below the package, and all it imports. */
export async function link(entry: string, options: SourceOptions = {}): Promise<string> {
  const edits = [...(options.edits ?? []), ...constantEdits(options.constants ?? {})]
  const unused = new Set(options.edits)
  const { outputFiles } = await build({
    absWorkingDir: packageFolder,
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
    plugins: [
      {
        name: 'sim',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /\/atomics\.ts$/ }, () => ({ path: ATOMICS_MODULE, external: true }))
          onResolve({ filter: /\/seam\.ts$/ }, () => ({ path: SEAM_MODULE, external: true }))
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const file = relative(packageFolder, path).split(sep).join('/')
            let contents = readFileSync(path, 'utf8').replaceAll('\r', '')
            for (const edit of edits) {
              if (edit.file !== file) continue
              contents = apply(contents, edit)
              unused.delete(edit)
            }
            return { contents, loader: 'ts' }
          })
        },
      },
    ],
  })
  for (const { file } of unused)
    throw new Error(`sim: ${entry} does not import ${file}, which is edited`)
  return outputFiles[0]!.text
}

function apply(text: string, { file, from, to }: Edit): string {
  const parts = text.split(from)
  if (parts.length !== 2) {
    throw new Error(`sim: ${file} has ${parts.length - 1} places, not 1, that read: ${from}`)
  }
  return parts.join(to)
}

function constantEdits(constants: Readonly<Record<string, number>>): Edit[] {
  const texts = LAYOUTS.map((file) => ({
    file,
    text: readFileSync(join(packageFolder, file), 'utf8'),
  }))
  return Object.entries(constants).map(([name, value]) => {
    for (const { file, text } of texts) {
      const from = new RegExp(`^export const ${name} = [\\d_]+$`, 'm').exec(text)?.[0]
      if (from === undefined) continue
      return { file, from: `${from}\n`, to: `export const ${name} = ${value}\n` }
    }
    throw new Error(`sim: the layout has no number ${name}`)
  })
}
