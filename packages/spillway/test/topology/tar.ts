/** Reads a tar archive without unpacking it: the trees have tens of thousands of files, which a disk takes minutes to write and remove. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Tree } from './machines.ts'

const BLOCK = 512

/** Files below a folder of an archive by path; of folders that are symbolic links, the files right in them. */
export function readArchive(file: string, root: string): Tree {
  const bytes = file.endsWith('.gz')
    ? gunzipSync(readFileSync(file))
    : execFileSync('bzip2', ['-dc', file], { maxBuffer: 2 ** 30 })
  const tree: Tree = {}
  const links: [name: string, target: string][] = []
  const filesBelow = new Map<string, string[]>()
  let longName = ''
  for (let at = 0; at + BLOCK <= bytes.length && bytes[at] !== 0;) {
    const field = (start: number, length: number): string =>
      bytes.toString('latin1', at + start, at + start + length).replace(/\0[^]*$/, '')
    const size = Number.parseInt(field(124, 12), 8) || 0
    const text = bytes.toString('latin1', at + BLOCK, at + BLOCK + size)
    const type = field(156, 1)
    const prefix = field(257, 5) === 'ustar' ? field(345, 155) : ''
    const short = prefix === '' ? field(0, 100) : `${prefix}/${field(0, 100)}`
    const name = posix.relative(root, posix.normalize(longName || short))
    if (type === '0' || type === '') {
      tree[name] = text
      const folder = posix.dirname(name)
      filesBelow.set(folder, [...(filesBelow.get(folder) ?? []), posix.basename(name)])
    }
    if (type === '2') links.push([name, posix.join(posix.dirname(name), field(157, 100))])
    longName = type === 'L' ? text.replace(/\0[^]*$/, '') : ''
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  for (const [name, target] of links) {
    for (const path of filesBelow.get(target) ?? [])
      tree[`${name}/${path}`] = tree[`${target}/${path}`]!
  }
  return tree
}
