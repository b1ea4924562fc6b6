/** Reads the topology of this machine, or of one that was recorded. */
import { rangeError, show, typeError } from '../errors.ts'
import { flatTopology, readDarwin, SYSCTL_NAMES } from './elsewhere.ts'
import type { SystemFiles } from './files.ts'
import { readLinux } from './linux.ts'
import type { Topology } from './model.ts'

/** What the runtime can reach; `host/` has it. */
export interface Machine {
  /** `linux`, `darwin`, `win32`, or another name. */
  readonly system: string
  /** The system's files below a folder, null where there are none to be read. */
  files(root: string): SystemFiles | null
  /** Logical cpus, as many as are known of. */
  count(): number
  /** What a program prints, null if it cannot be run. */
  output(program: string, args: readonly string[]): string | null
}

export interface ReadOptions {
  /** Folder that plays `/` of a recorded Linux machine: it holds `sys`, and parts of `proc`. Default: this machine. */
  readonly root?: string
}

/**
 * Reads a machine. Blocks: about 0.4 ms for each cpu of a Linux machine, a few ms elsewhere.
 *
 * @throws TypeError if root is no string, RangeError if no machine is recorded there.
 */
export function readMachine(machine: Machine, { root }: ReadOptions = {}): Topology {
  if (root !== undefined) return readRecorded(machine, root)
  const files = machine.system === 'linux' ? machine.files('/') : null
  const found = files === null ? null : readLinux(files, 'Linux sysfs')
  if (found !== null) return found
  if (machine.system === 'darwin') {
    const text = machine.output('sysctl', SYSCTL_NAMES)
    const darwin = text === null ? null : readDarwin(text)
    if (darwin !== null) return darwin
  }
  return flatTopology(machine.count(), `${machine.system}, processor count only`, [
    'what cpus share is not known here: each counts as a core',
  ])
}

function readRecorded(machine: Machine, root: string): Topology {
  if (typeof root !== 'string' || root === '') {
    throw typeError('ERR_ARGUMENT', `root must be the path of a folder; got ${show(root)}`)
  }
  const files = machine.files(root)
  const tree = files === null ? null : asRoot(files)
  const found = tree === null ? null : readLinux(tree, 'recorded Linux tree')
  if (found !== null) return found
  throw rangeError(
    'ERR_ARGUMENT',
    `root must be a folder with the sys/devices/system/cpu of a Linux machine; there is none in ${show(root)}`,
  )
}

/** Accepts a tree of `/sys` itself, too. */
function asRoot(files: SystemFiles): SystemFiles {
  const isSys =
    files.list('sys/devices/system/cpu').length === 0 && files.list('devices/system/cpu').length > 0
  if (!isSys) return files
  const inside = (path: string): string | null =>
    path.startsWith('sys/') ? path.slice('sys/'.length) : null
  return {
    text: (path) => {
      const place = inside(path)
      return place === null ? null : files.text(place)
    },
    list: (path) => {
      const place = inside(path)
      return place === null ? [] : files.list(place)
    },
  }
}
