/** What a container or service manager grants this process: CPU time (quota) and cpus (cpuset). Linux cgroups, version 1 and 2. */
import { parseCpuList } from './cpu-list.ts'
import type { SystemFiles } from './files.ts'

export interface Limits {
  /** Cores' worth of time, the smallest from this process's group up to the root; null for no limit. */
  readonly quota: number | null
  /** Cpus of the cpuset, null if no cgroup says. The affinity mask, where known, has them already intersected. */
  readonly cpuset: readonly number[] | null
}

interface Hierarchy {
  /** Folder it is mounted at, without slashes at the ends. */
  readonly place: string
  /** The group that the mount shows at its top; longer than `/` inside containers. */
  readonly top: string
  /** Controllers of version 1, null for version 2. */
  readonly controllers: readonly string[] | null
}

/** Reads the limits of this process, or of the process a recorded tree was made by. Files that are missing or damaged limit nothing. */
export function readLimits(files: SystemFiles): Limits {
  const groups = ownGroups(files)
  let quota = Infinity
  let cpuset: readonly number[] | null = null
  for (const hierarchy of hierarchies(files)) {
    const group = groups(hierarchy.controllers)
    if (group === null) continue
    for (const level of upwards(hierarchy, group)) {
      quota = Math.min(quota, quotaOf(files, level, hierarchy))
      cpuset ??= cpusetOf(files, level, hierarchy)
    }
  }
  return { quota: quota === Infinity ? null : quota, cpuset }
}

/** Finds the group of this process in a hierarchy. */
function ownGroups(files: SystemFiles): (controllers: readonly string[] | null) => string | null {
  const lines = (files.text('proc/self/cgroup') ?? '').split('\n').map((line) => line.split(':'))
  const cpusetFile = files.text('proc/self/cpuset')
  return (controllers) => {
    const line = lines.find(([id, names]) =>
      controllers === null
        ? id === '0'
        : names !== undefined && names.split(',').some((name) => controllers.includes(name)),
    )
    if (line !== undefined) return line.slice(2).join(':')
    const silent = controllers === null || controllers.includes('cpuset')
    return silent && cpusetFile?.startsWith('/') === true ? cpusetFile : null
  }
}

const LIMITING = ['cpu', 'cpuset']

/** Mounted hierarchies that can limit cpus; the usual places if nothing tells what is mounted. */
function hierarchies(files: SystemFiles): Hierarchy[] {
  const info = files.text('proc/self/mountinfo')
  const mounts = info ?? files.text('proc/self/mounts') ?? files.text('proc/mounts')
  if (mounts === null) return USUAL
  return mounts.split('\n').flatMap((line): Hierarchy[] => {
    const fields = line.split(' ')
    const dash = fields.indexOf('-')
    const [place, top, type, options] =
      info === null
        ? [fields[1], '/', fields[2], fields[3]]
        : [fields[4], fields[3], fields[dash + 1], fields[dash + 3]]
    if (place === undefined || top === undefined) return []
    const mount = { place: folder(place), top: unescape(top) }
    if (type === 'cgroup2') return [{ ...mount, controllers: null }]
    // Cpusets were a file system of their own before there were cgroups, and still can be mounted as one.
    if (type === 'cpuset') return [{ ...mount, controllers: ['cpuset'] }]
    const controllers = (options ?? '').split(',').filter((name) => LIMITING.includes(name))
    return type === 'cgroup' && controllers.length > 0 ? [{ ...mount, controllers }] : []
  })
}

const USUAL: Hierarchy[] = [
  { place: 'sys/fs/cgroup', top: '/', controllers: null },
  ...LIMITING.map((name) => ({ place: `sys/fs/cgroup/${name}`, top: '/', controllers: [name] })),
]

/** Mount tables write blanks as `\040`. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
}

function folder(path: string): string {
  return namesIn(unescape(path)).join('/')
}

function namesIn(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.' && name !== '..')
}

/** Folders from a group up to the top of its mount. */
function upwards({ place, top }: Hierarchy, group: string): string[] {
  const above = namesIn(top)
  const names = namesIn(group)
  const below = above.every((name, at) => names[at] === name) ? names.slice(above.length) : []
  return Array.from({ length: below.length + 1 }, (_, up) =>
    [place, ...below.slice(0, below.length - up)].join('/'),
  )
}

function quotaOf(files: SystemFiles, place: string, { controllers }: Hierarchy): number {
  if (controllers?.includes('cpu') === false) return Infinity
  const [limit, period] =
    controllers === null
      ? (files.text(`${place}/cpu.max`) ?? '').split(' ')
      : [files.text(`${place}/cpu.cfs_quota_us`), files.text(`${place}/cpu.cfs_period_us`)]
  const cores = Number(limit) / Number(period)
  // `max` is no number, and -1 means no limit in version 1.
  return Number(limit) > 0 && cores > 0 ? cores : Infinity
}

function cpusetOf(
  files: SystemFiles,
  place: string,
  { controllers }: Hierarchy,
): readonly number[] | null {
  if (controllers?.includes('cpuset') === false) return null
  const names =
    controllers === null
      ? ['cpuset.cpus.effective']
      : ['cpuset.effective_cpus', 'cpuset.cpus', 'cpus']
  for (const name of names) {
    const cpus = parseCpuList(files.text(`${place}/${name}`) ?? '')
    if (cpus !== null && cpus.length > 0) return cpus
  }
  return null
}
