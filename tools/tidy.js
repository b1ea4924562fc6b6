// Checks what no compiler or linter checks here: links, words, sizes, imports, paths, requirements.
// Looks at the files git tracks or would track. `checkRepository` returns one line per problem.
// As a command: `node tools/tidy.js [--scenarios] [folder]`; exit code 1 if there is a problem.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { blank, blankKinds, functionBodies, lineAt } from './tidy-source.js'

const LONGEST_FILE = 500
const LONGEST_FUNCTION = 70

const CORE = 'packages/spillway/src/core/'
const LAYOUT = 'packages/spillway/src/layout/'
const HOST = 'packages/spillway/src/host/'
const LIBRARY = 'packages/spillway/src/'

/** Names of other people's APIs that contain a word the glossary rejects. */
const ALLOWED_NAMES = ['threadId', 'worker_threads', 'MasterPage']

// A letter in brackets keeps this file free of what it looks for.
const UNFINISHED = /\b(?:TOD[O]|FIXM[E])\b/
const QUOTED_PATH = /(?:["'`]|file:\/\/)\/(?:work|tmp|home|root)\//
const PLAIN_PATH = /(?:^|[\s("'`]|file:\/\/)\/(?:work|tmp|home|root)\//
const REGISTRY =
  /\bregistry(?:\.[a-z0-9-]+)+\.(?:org|com|net|io|dev|internal|local)\b|\bregistry\s*=\s*["']?http|\bnpm\.pkg\.|artifactor[y]|verdacci[o]|\/\/[^"'\s]+\/-\/[^"'\s]+\.tgz/i

const CODE = /\.(?:ts|mts|cts|js|mjs|cjs)$/
const TEXT = /\.(?:ts|mts|cts|js|mjs|cjs|json|md|ya?ml|sh|html|css|txt)$|(?:^|\/)\.?[^.]+$/
const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', '.git', '.test-build', '.runtimes'])
const BUILTINS = new Set(builtinModules)

/** Returns the problems of the repository at `root` (file URL or path), sorted; empty if it is tidy. */
export function checkRepository(root) {
  const repository = read(root)
  const rules = [
    checkLinks,
    checkDecisionIndex,
    checkWords,
    checkUnfinished,
    checkMachine,
    checkSizes,
    checkCoreImports,
    checkRuntimeNames,
    checkExamples,
    checkQuotes,
    checkScenarios,
  ]
  return rules.flatMap((rule) => rule(repository)).toSorted(inOrder)
}

/** Returns the scenarios of openspec/specs whose test id no test file names. */
export function untestedScenarios(root) {
  const repository = read(root)
  const tests = repository.names.filter(
    (name) => CODE.test(name) && /(?:^|\/)test\/|\.test\./.test(name),
  )
  const texts = tests.map((name) => repository.text(name))
  const scenarios = mainSpecs(repository).flatMap((name) => scenariosOf(repository, name))
  return scenarios
    .filter(({ id }) => id !== undefined && !texts.some((text) => names(text, id)))
    .map(({ place, id }) => `${place}: no test names ${id}`)
}

// --- files ---

function read(root) {
  const folder = String(root).startsWith('file:') ? fileURLToPath(root) : String(root)
  const texts = new Map()
  const list = listFiles(folder)
  return {
    names: list,
    known: new Set([...list, ...list.flatMap(foldersOf), '.', '']),
    text(name) {
      if (!texts.has(name))
        texts.set(name, readFileSync(join(folder, name), 'utf8').replaceAll('\r', ''))
      return texts.get(name)
    },
  }
}

function listFiles(folder) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !key.startsWith('GIT_')),
  )
  const options = {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 26,
  }
  let found
  try {
    const top = execFileSync('git', ['rev-parse', '--show-prefix'], options).trim() === ''
    const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
    found = top ? execFileSync('git', args, options).split('\0').filter(Boolean) : walk(folder, '')
  } catch {
    found = walk(folder, '') // no git, or an unpacked archive
  }
  const files = [...new Set(found)].filter((name) => isFile(join(folder, name)))
  return files.toSorted(inOrder)
}

function walk(folder, prefix) {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED_FOLDERS.has(entry.name)) return []
    const name = posix.join(prefix, entry.name)
    return entry.isDirectory() ? walk(folder, name) : [name]
  })
}

function isFile(path) {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

function foldersOf(name) {
  const folders = []
  for (let folder = posix.dirname(name); folder !== '.'; folder = posix.dirname(folder))
    folders.push(folder)
  return folders
}

const isMarkdown = (name) => name.endsWith('.md')
const isSource = (name) =>
  /^packages\/[^/]+\/(?:src|sim)\//.test(name) && CODE.test(name) && !name.includes('/generated/')
const textFiles = ({ names: all }) => all.filter((name) => TEXT.test(name))

// --- Markdown: links and headings ---

function checkLinks(repository) {
  const problems = []
  for (const name of repository.names.filter(isMarkdown)) {
    const text = blankCodeSpans(blankFences(repository.text(name)))
    for (const { target, line } of linksOf(text)) {
      const problem = linkProblem(repository, name, target)
      if (problem !== undefined) problems.push(`${name}:${line}: link ${target}: ${problem}`)
    }
  }
  return problems
}

function linksOf(text) {
  const patterns = [
    /\]\(\s*<?([^)\s>]+)>?(?:\s+["'(][^)]*)?\)/g,
    /^ {0,3}\[[^\]^][^\]]*\]:\s*<?([^\s>]+)>?/gm,
    /\b(?:href|src)="([^"]+)"/g,
  ]
  return patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => ({
      target: match[1],
      line: lineAt(text, match.index),
    })),
  )
}

function linkProblem(repository, from, target) {
  if (/^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(target)) return undefined
  const [path, anchor] = target.split('#', 2).map(decode)
  const base = path.startsWith('/') ? path.slice(1) : posix.join(posix.dirname(from), path)
  const file = path === '' ? from : posix.normalize(base).replace(/\/$/, '')
  if (!repository.known.has(file)) return 'no such file in the repository'
  if (anchor === undefined || anchor === '') return undefined
  if (!repository.names.includes(file)) return 'an anchor needs a file'
  const text = repository.text(file)
  if (isMarkdown(file)) return anchorsOf(text).has(anchor) ? undefined : 'no such heading'
  const lines = /^L(\d+)(?:-L(\d+))?$/.exec(anchor)
  if (lines === null) return names(text, anchor) ? undefined : 'no such name in that file'
  return Number(lines[2] ?? lines[1]) <= text.split('\n').length ? undefined : 'no such line'
}

/** Anchors as GitHub makes them, and explicit ones. */
function anchorsOf(text) {
  const anchors = new Set()
  const seen = new Map()
  const visible = blankFences(text)
  for (const match of visible.matchAll(/^ {0,3}#{1,6}[ \t]+(.+?)[ \t]*#*$/gm)) {
    const plain = match[1].replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/<[^>]+>/g, '')
    const slug = plain
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-')
    const count = seen.get(slug) ?? 0
    seen.set(slug, count + 1)
    anchors.add(count === 0 ? slug : `${slug}-${count}`)
  }
  for (const match of visible.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) anchors.add(match[1])
  return anchors
}

function checkDecisionIndex(repository) {
  const index = 'docs/decisions/README.md'
  if (!repository.names.includes(index)) return []
  const targets = new Set(
    linksOf(repository.text(index)).map(({ target }) => posix.normalize(target)),
  )
  return repository.names
    .filter((name) => /^docs\/decisions\/[^/]+\.md$/.test(name) && name !== index)
    .filter((name) => !targets.has(posix.basename(name)))
    .map((name) => `${name}: not in the index of ${index}`)
}

function blankFences(text) {
  return text.replace(/^( *)(`{3,}|~{3,}).*\n[\s\S]*?(?:^ *\2.*$|$(?![\s\S]))/gm, blank)
}

function blankCodeSpans(text) {
  return text
    .replace(/<!--[\s\S]*?-->/g, blank)
    .replace(/(`+)(?!`)(?:(?!\n\n)[\s\S])*?[^`]\1(?!`)/g, blank)
}

// --- words ---

function checkWords(repository) {
  if (!repository.names.includes('GLOSSARY.md')) return []
  const rejected = rejectedWords(repository.text('GLOSSARY.md'))
  if (rejected.length === 0)
    return ['GLOSSARY.md: no table has a column "Rejected" with words in code']
  const allowed = new RegExp(`\\b(?:${ALLOWED_NAMES.join('|')})\\b`, 'g')
  const pattern = new RegExp(`\\b(?:${rejected.map((word) => spaced(word)).join('|')})s?\\b`)
  const problems = []
  for (const name of repository.names) {
    if (name === 'GLOSSARY.md' || (!isMarkdown(name) && !isSource(name))) continue
    const text = isMarkdown(name) ? blankCodeSpans(repository.text(name)) : repository.text(name)
    text.split('\n').forEach((line, at) => {
      const bare = line.replace(/\bhttps?:\/\/[^\s)]+/g, '').replace(allowed, '')
      const found = pattern.exec(spaced(bare))
      if (found !== null)
        problems.push(`${name}:${at + 1}: "${found[0]}" is a rejected word, see GLOSSARY.md`)
    })
  }
  return problems
}

/** Words in code spans in the columns headed "Rejected". */
export function rejectedWords(glossary) {
  const words = []
  let column = -1
  for (const line of glossary.split('\n')) {
    const cells = line.startsWith('|') ? line.split('|').map((cell) => cell.trim()) : []
    if (cells.length === 0) column = -1
    else if (cells.includes('Rejected')) column = cells.indexOf('Rejected')
    else if (column >= 0) {
      for (const [, word] of (cells[column] ?? '').matchAll(/`([^`]+)`/g)) words.push(word)
    }
  }
  return words
}

/** Writes camelCase, snake_case and hyphens as lower-case words with spaces. */
function spaced(text) {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[-_]/g, ' ')
    .toLowerCase()
}

function checkUnfinished(repository) {
  return everyLine(repository, textFiles(repository), (line) =>
    UNFINISHED.test(line) ? 'unfinished work belongs in an issue' : undefined,
  )
}

function checkMachine(repository) {
  return everyLine(repository, textFiles(repository), (line, name) => {
    const pattern = isMarkdown(name) ? PLAIN_PATH : QUOTED_PATH
    if (pattern.test(line)) return "a path of one machine's disk"
    if (REGISTRY.test(line)) return 'the address of a package registry'
    return undefined
  })
}

// --- source files ---

function checkSizes(repository) {
  const problems = []
  for (const name of repository.names.filter(isSource)) {
    const text = repository.text(name)
    const lines = text.replace(/\n$/, '').split('\n').length
    if (lines > LONGEST_FILE) problems.push(`${name}: ${lines} lines, at most ${LONGEST_FILE}`)
    for (const body of functionBodies(text)) {
      if (body.lines <= LONGEST_FUNCTION) continue
      problems.push(
        `${name}:${body.line}: function body of ${body.lines} lines, at most ${LONGEST_FUNCTION}`,
      )
    }
  }
  return problems
}

function checkCoreImports(repository) {
  const problems = []
  for (const name of repository.names.filter((each) => isSource(each) && each.startsWith(CORE))) {
    for (const { specifier, line } of importsOf(repository.text(name))) {
      const target = posix.join(posix.dirname(name), specifier)
      const inside =
        specifier.startsWith('.') && (target.startsWith(CORE) || target.startsWith(LAYOUT))
      if (!inside) problems.push(`${name}:${line}: core/ may not import ${specifier}`)
    }
  }
  return problems
}

function checkRuntimeNames(repository) {
  const name =
    /(?<![\w$#.])(?:process\s*(?:\?\.|\.|\[)|(?:Deno|Bun|navigator)\b)|\btypeof\s+process\b|\bglobalThis\s*\??\.\s*(?:process|Deno|Bun|navigator)\b/
  const files = repository.names.filter((each) => isSource(each) && each.startsWith(LIBRARY))
  const problems = []
  for (const file of files.filter((each) => !each.startsWith(HOST))) {
    const text = repository.text(file)
    blankKinds(text, ['comment', 'string', 'regex'])
      .split('\n')
      .forEach((line, at) => {
        const found = name.exec(line)
        if (found !== null)
          problems.push(`${file}:${at + 1}: only host/ may name a runtime: ${found[0]}`)
      })
    for (const { specifier, line } of importsOf(text)) {
      if (!specifier.startsWith('node:') && !BUILTINS.has(specifier)) continue
      problems.push(`${file}:${line}: only host/ may import ${specifier}`)
    }
  }
  return problems
}

function checkExamples(repository) {
  const index = 'examples/README.md'
  if (!repository.names.includes(index)) return []
  const text = repository.text(index)
  return repository.names
    .filter((name) => name.startsWith('examples/') && name !== index)
    .map((name) => name.slice('examples/'.length))
    .filter((name) => !/(?:^|\/)(?:tsconfig|package)[^/]*\.json$/.test(name) && !names(text, name))
    .map((name) => `examples/${name}: not mentioned in ${index}`)
}

/**
 * Code and pages in the guide, and elsewhere if it says that it is from an example, names its file and stands there as it is; `// …` leaves
 * lines out. The tests run those files.
 */
function checkQuotes(repository) {
  const problems = []
  for (const name of repository.names.filter(isMarkdown)) {
    const isGuide = name.startsWith('docs/guide/')
    const text = repository.text(name)
    for (const match of text.matchAll(/^```(?:ts|js|jsonc|html)\n([\s\S]*?)^```$/gm)) {
      const [first = '', ...lines] = match[1].split('\n').map((line) => line.trim())
      if (!isGuide && !/^\/\/ (?:examples|fixtures)\//.test(first)) continue
      const place = `${name}:${lineAt(text, match.index)}`
      const file = /^(?:\/\/|<!--) (\S+\.(?:[cm]?[jt]s|json|html))(?: -->)?$/.exec(first)?.[1]
      if (file === undefined || !repository.names.includes(file))
        problems.push(`${place}: code must begin with a comment that names its file`)
      else if (!quotes(repository.text(file), lines))
        problems.push(`${place}: this code is not in ${file}`)
    }
  }
  return problems
}

/** True if the parts of `lines` between the marks stand in `text`, in this order. Indentation and empty lines do not count. */
function quotes(text, lines) {
  const source = text.split('\n').map((line) => line.trim())
  const bare = `\n${source.filter(Boolean).join('\n')}\n`
  let from = 0
  for (const part of lines
    .filter(Boolean)
    .join('\n')
    .split(/^\/\/ …$/m)) {
    const found = bare.indexOf(`\n${part.trim()}\n`, from)
    if (found < 0) return false
    from = found + part.trim().length + 1
  }
  return true
}

function importsOf(text) {
  const code = blankKinds(text, ['comment'])
  const inert = blankKinds(text, ['comment', 'string', 'regex'])
  return [...code.matchAll(/\b(?:from|import)\s*\(?\s*(["'])([^"'\n]+)\1/g)]
    .filter((match) => inert[match.index] !== ' ')
    .map((match) => ({ specifier: match[2], line: lineAt(code, match.index) }))
}

// --- requirements ---

function mainSpecs(repository) {
  return repository.names.filter((name) => /^openspec\/specs\/.+\/spec\.md$/.test(name))
}

function checkScenarios(repository) {
  const problems = []
  const owners = new Map()
  for (const name of mainSpecs(repository)) {
    for (const { place, title, id } of scenariosOf(repository, name)) {
      if (id === undefined) problems.push(`${place}: scenario "${title}" has no line "- test: id"`)
      else if (owners.has(id))
        problems.push(`${place}: test id ${id} is used at ${owners.get(id)} too`)
      else owners.set(id, place)
    }
  }
  const deltas = repository.names.filter((name) =>
    /^openspec\/changes\/(?!archive\/).+\/spec\.md$/.test(name),
  )
  for (const delta of deltas) {
    const main = delta.replace(/changes\/[^/]+\//, '')
    if (!repository.names.includes(main)) continue
    const built = requirementsOf(repository.text(main))
    for (const [title, body] of requirementsOf(repository.text(delta))) {
      if (built.has(title) && built.get(title) !== body) {
        problems.push(`${delta}: requirement "${title}" differs from ${main}`)
      }
    }
  }
  return problems
}

function scenariosOf(repository, name) {
  const text = repository.text(name)
  return [...text.matchAll(/^#### Scenario: (.+)\n((?:(?!^#).*\n?)*)/gm)].map((match) => ({
    place: `${name}:${lineAt(text, match.index)}`,
    title: match[1],
    id: /^- test: ([a-z0-9][a-z0-9.-]*)$/m.exec(match[2])?.[1],
  }))
}

function requirementsOf(text) {
  const blocks = text
    .split(/^(?=### |## )/m)
    .filter((block) => block.startsWith('### Requirement: '))
  return new Map(blocks.map((block) => [block.slice(17, block.indexOf('\n')), block.trim()]))
}

// --- text ---

function everyLine(repository, files, judge) {
  return files.flatMap((name) =>
    repository
      .text(name)
      .split('\n')
      .flatMap((line, at) => {
        const problem = judge(line, name)
        return problem === undefined ? [] : [`${name}:${at + 1}: ${problem}`]
      }),
  )
}

function inOrder(a, b) {
  return a.localeCompare(b, 'en', { numeric: true })
}

function decode(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** True if `text` contains `name` and not merely as a part of a longer name. */
function names(text, name) {
  const literal = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(?<![\\w$/.-])(?:\\./|examples/)?${literal}(?![\\w$-]|\\.\\w)`).test(text)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = process.argv.slice(2).find((argument) => !argument.startsWith('--'))
  const root = folder ?? dirname(dirname(fileURLToPath(import.meta.url)))
  const problems = checkRepository(root)
  if (process.argv.includes('--scenarios')) problems.push(...untestedScenarios(root))
  for (const problem of problems) console.error(problem)
  console.error(`tidy: problems: ${problems.length}`)
  process.exitCode = problems.length === 0 ? 0 : 1
}
