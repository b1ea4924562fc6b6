/** Reads small files of the system below a root, and nothing that could block, loop or lead out of it. */
import type { SystemFiles } from '../topology/files.ts'

/** Longer ones are not what we asked for. A mount table of a busy container host has some hundred KiB. */
const LONGEST_BYTES = 4 * 1024 * 1024

/** Null if `root` is no folder. */
export function detectFiles(root: string): SystemFiles | null {
  const fs = process.getBuiltinModule('node:fs')
  let top: string
  try {
    top = fs.realpathSync.native(root)
    if (!fs.statSync(top).isDirectory()) return null
  } catch {
    return null
  }
  const inside = top.endsWith('/') ? top : `${top}/`
  /** A recorded tree's links may lead anywhere; the machine's own root has no outside. */
  const resolve = (path: string): string => {
    const place = inside + path
    if (inside === '/') return place
    const real = fs.realpathSync.native(place)
    if (real.startsWith(inside)) return real
    throw new Error(`${path} leads out of ${root}`)
  }
  return {
    text(path) {
      let file: number | undefined
      try {
        // Opening a pipe would otherwise wait for its writer.
        file = fs.openSync(resolve(path), fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0))
        if (!fs.fstatSync(file).isFile()) return null
        return readText(fs, file)
      } catch {
        return null
      } finally {
        if (file !== undefined) fs.closeSync(file)
      }
    },
    list(path) {
      try {
        return fs.readdirSync(resolve(path))
      } catch {
        return []
      }
    },
  }
}

/** Files of procfs and sysfs have no size. Kunpeng's kernel ends lists with NUL. */
function readText(fs: typeof import('node:fs'), file: number): string | null {
  const buffer = Buffer.allocUnsafe(4096)
  const decoder = new TextDecoder()
  let text = ''
  for (let total = 0; ;) {
    const bytes = fs.readSync(file, buffer)
    if (bytes === 0) return text.replaceAll('\0', '').trim()
    total += bytes
    if (total > LONGEST_BYTES) return null
    text += decoder.decode(buffer.subarray(0, bytes), { stream: true })
  }
}
