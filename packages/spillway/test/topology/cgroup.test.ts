/** Quotas and cpusets of both cgroup versions, wherever they are mounted. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allowedCpus, formatCpuList, readTopology, usableCores } from '../../src/topology.ts'
import { DESKTOP, tableOf, treeOf, withTree } from './machines.ts'
import type { Tree } from './machines.ts'

const EIGHT = treeOf(tableOf({ ...DESKTOP, groups: 1, cores: 8, threads: 1 }))

/** Allowed cpus and quota of an eight-core machine with these files. */
function limits(files: Tree): [allowed: string, quota: number | null, notes: readonly string[]] {
  const topology = withTree({ ...EIGHT, ...files }, (root) => readTopology({ root }))
  return [
    formatCpuList(allowedCpus(topology).map(({ cpu }) => cpu)),
    topology.quota,
    topology.notes,
  ]
}

test('nothing said, nothing limited', () => {
  assert.deepEqual(limits({}), ['0-7', null, []])
})

const V2 = {
  'proc/self/cgroup': '0::/app/web\n',
  'proc/mounts': 'cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n',
}

test('version 2: the smallest quota up to the root, the nearest cpuset', () => {
  assert.deepEqual(
    limits({
      ...V2,
      'sys/fs/cgroup/app/web/cpu.max': 'max 100000\n',
      'sys/fs/cgroup/app/cpu.max': '250000 100000\n',
      'sys/fs/cgroup/cpu.max': '400000 100000\n',
      'sys/fs/cgroup/app/cpuset.cpus.effective': '2-4,7\n',
      'sys/fs/cgroup/cpuset.cpus.effective': '0-7\n',
    }),
    ['2-4,7', 2.5, []],
  )
})

test('version 2 mounted elsewhere, under a name with a blank, and the group known from the cpuset file alone', () => {
  assert.deepEqual(
    limits({
      'proc/self/cpuset': '/job/step\n',
      'proc/mounts':
        'none /cgroup/freezer cgroup rw,freezer 0 0\nnone /cgroup/my\\040groups cgroup2 rw 0 0\n',
      'cgroup/my groups/job/step/cpuset.cpus.effective': '0-5\n',
      'cgroup/my groups/job/cpu.max': '50000 100000\n',
    }),
    ['0-5', 0.5, []],
  )
})

test('version 1: controllers in hierarchies of their own', () => {
  assert.deepEqual(
    limits({
      'proc/self/cgroup': '7:cpu,cpuacct:/slice/a\n3:cpuset:/set\n1:name=systemd:/else\n',
      'proc/self/mountinfo': [
        '31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755',
        '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct',
        '34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset',
      ].join('\n'),
      'sys/fs/cgroup/cpu,cpuacct/slice/a/cpu.cfs_quota_us': '150000\n',
      'sys/fs/cgroup/cpu,cpuacct/slice/a/cpu.cfs_period_us': '100000\n',
      'sys/fs/cgroup/cpu,cpuacct/slice/cpu.cfs_quota_us': '-1\n',
      'sys/fs/cgroup/cpu,cpuacct/slice/cpu.cfs_period_us': '100000\n',
      'sys/fs/cgroup/cpuset/set/cpuset.cpus': '1,3\n',
    }),
    ['1,3', 1.5, []],
  )
})

test('nested groups: what says nothing passes on to the one above', () => {
  assert.deepEqual(
    limits({
      'proc/self/cgroup': '0::/system.slice/a/b/c\n',
      'proc/self/mountinfo':
        '29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 master:1 - cgroup2 cgroup2 rw,nsdelegate\n',
      'sys/fs/cgroup/system.slice/a/b/c/cpu.max': 'max 100000\n',
      'sys/fs/cgroup/system.slice/a/b/cpu.max': 'max\n',
      'sys/fs/cgroup/system.slice/a/cpu.max': '600000 200000\n',
      'sys/fs/cgroup/system.slice/a/b/c/cpuset.cpus.effective': '\n',
      'sys/fs/cgroup/system.slice/a/b/cpuset.cpus.effective': '\0\n',
      'sys/fs/cgroup/system.slice/a/cpuset.cpus.effective': '0-6:2\n',
    }),
    ['0,2,4,6', 3, []],
  )
})

test('both versions at once: version 1 has the controllers, version 2 none', () => {
  assert.deepEqual(
    limits({
      'proc/self/cgroup': '5:cpuset:/box\n4:cpu,cpuacct:/box\n0::/init.scope\n',
      'proc/self/mountinfo': [
        '30 25 0:26 / /sys/fs/cgroup/unified rw shared:5 - cgroup2 cgroup2 rw,nsdelegate',
        '31 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct',
        '32 25 0:28 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset',
      ].join('\n'),
      'sys/fs/cgroup/unified/init.scope/cgroup.procs': '1\n',
      'sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us': '400000\n',
      'sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us': '100000\n',
      'sys/fs/cgroup/cpuset/box/cpuset.effective_cpus': '4-7\n',
      'sys/fs/cgroup/cpuset/box/cpuset.cpus': '0-63\n',
    }),
    ['4-7', 4, []],
  )
})

test('cpusets as a file system of their own', () => {
  assert.deepEqual(
    limits({
      'proc/self/cpuset': '/batch\n',
      'proc/mounts': 'none /dev/cpuset cpuset rw 0 0\n',
      'dev/cpuset/batch/cpus': '2-3\n',
      'dev/cpuset/cpus': '0-7\n',
    }),
    ['2-3', null, []],
  )
})

test('a container sees its own group as the top of the mount', () => {
  assert.deepEqual(
    limits({
      'proc/self/cgroup': '4:cpu:/docker/abc\n',
      'proc/self/mountinfo':
        '32 31 0:29 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n',
      'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '300000\n',
      'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    }),
    ['0-7', 3, []],
  )
  assert.deepEqual(
    limits({
      'proc/self/cgroup': '4:cpu:/docker/abc/inner\n',
      'proc/self/mountinfo':
        '32 31 0:29 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n',
      'sys/fs/cgroup/cpu/inner/cpu.cfs_quota_us': '200000\n',
      'sys/fs/cgroup/cpu/inner/cpu.cfs_period_us': '100000\n',
    }),
    ['0-7', 2, []],
  )
})

test('the affinity mask counts for more than the cpuset', () => {
  assert.deepEqual(
    limits({
      ...V2,
      'proc/self/status': 'Name:\tnode\nCpus_allowed:\t0c\nCpus_allowed_list:\t2-3\n',
      'sys/fs/cgroup/app/web/cpuset.cpus.effective': '0-5\n',
    }),
    ['2-3', null, []],
  )
})

test('damaged limits limit nothing, and never more than there is', () => {
  for (const max of [
    '',
    'max',
    '-1 100000',
    '0 100000',
    '100000',
    '100000 0',
    'NaN NaN',
    '1e400 1',
  ]) {
    assert.deepEqual(
      limits({ ...V2, 'sys/fs/cgroup/app/web/cpu.max': max }),
      ['0-7', null, []],
      max,
    )
  }
  const [allowed, , notes] = limits({ 'proc/self/status': 'Cpus_allowed_list:\t64-127\n' })
  assert.equal(allowed, '0-7')
  assert.deepEqual(notes, ['allowed are only cpus that are not online (64-127): taken for all'])
  assert.match(
    limits({ 'proc/self/status': 'Cpus_allowed_list:\t0-x\n' })[2][0]!,
    /mask is damaged/,
  )
  // Groups that climb out of the hierarchy.
  assert.deepEqual(
    limits({
      ...V2,
      'proc/self/cgroup': '0::/../../..\n',
      'sys/fs/cgroup/cpu.max': '100000 100000',
    }),
    ['0-7', 1, []],
  )
})

test('usable cores: the mask, and a quota rounded up', () => {
  assert.deepEqual(
    [
      [8, null],
      [8, 2.5],
      [2, 2.5],
      [8, 0.1],
      [0, null],
    ].map(([allowed, quota]) => usableCores(allowed!, quota!)),
    [8, 3, 2, 1, 1],
  )
})
