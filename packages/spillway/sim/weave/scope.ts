/** What the weaver has to know about a script's functions before it rewrites them: what each calls, and which take steps. */
import type * as ast from 'acorn'
import { ATOMICS, SEAM } from '../steps.ts'
import { ATOMICS_MODULE, SEAM_MODULE } from './source.ts'

export type FunctionNode =
  | ast.FunctionDeclaration
  | ast.FunctionExpression
  | ast.ArrowFunctionExpression

export interface FunctionFacts {
  readonly node: FunctionNode
  readonly name: string
  /** Names that parameters and declarations inside bind. Blocks are not told apart. */
  readonly locals: ReadonlySet<string>
  /** Top-level functions called. */
  readonly calls: ReadonlySet<string>
  readonly usesThis: boolean
  /** Reaches a step: has an atomic access, calls who does, or calls what only running shows. */
  steps: boolean
}

export interface Facts {
  /** Local names of atomic and seam functions, with their steps. */
  readonly ops: ReadonlyMap<string, number>
  readonly functions: ReadonlyMap<FunctionNode, FunctionFacts>
  /** Functions declared at top level, by name. */
  readonly named: ReadonlyMap<string, FunctionFacts>
}

/** How a call is rewritten. */
export type CallKind = 'op' | 'known' | 'dynamic' | 'plain'

/** Objects and functions of the language: they take no steps. */
const LANGUAGE = new Set(Object.getOwnPropertyNames(globalThis))
/** Methods of the language's own collections, by name: calling one takes no step whatever it is called on. */
const METHODS = new Set(
  [Array, Map, Set, String, Number, Function, RegExp].flatMap(({ prototype }) =>
    Object.getOwnPropertyNames(prototype),
  ),
)

export function learn(program: ast.Program): Facts {
  const ops = importedOps(program)
  const top = new Set<string>()
  for (const statement of program.body) {
    if (statement.type === 'FunctionDeclaration') top.add(statement.id.name)
  }
  const functions = new Map<FunctionNode, FunctionFacts>()
  const named = new Map<string, FunctionFacts>()
  visit(program, null, (node, parent) => {
    if (!isFunction(node)) return
    const facts = factsOf(node, nameOf(node, parent), ops, top)
    functions.set(node, facts)
    if (node.type === 'FunctionDeclaration' && parent === program) named.set(facts.name, facts)
  })
  spread(functions, named)
  return { ops, functions, named }
}

function importedOps(program: ast.Program): Map<string, number> {
  const ops = new Map<string, number>()
  for (const statement of program.body) {
    if (statement.type !== 'ImportDeclaration') continue
    const from = String(statement.source.value)
    const table = from === ATOMICS_MODULE ? ATOMICS : from === SEAM_MODULE ? SEAM : undefined
    for (const specifier of statement.specifiers) {
      const imported =
        specifier.type === 'ImportSpecifier' && specifier.imported.type === 'Identifier'
          ? specifier.imported.name
          : undefined
      const op = imported === undefined ? undefined : table?.[imported]
      if (op === undefined)
        throw new Error(`sim: cannot weave the import of ${imported} from ${from}`)
      ops.set(specifier.local.name, op)
    }
  }
  return ops
}

function factsOf(
  node: FunctionNode,
  name: string,
  ops: ReadonlyMap<string, number>,
  top: ReadonlySet<string>,
): FunctionFacts {
  const locals = localsOf(node)
  const calls = new Set<string>()
  let steps = false
  let usesThis = false
  visitOwn(node, (inner) => {
    if (inner.type === 'ThisExpression') usesThis = true
    if (inner.type !== 'CallExpression') return
    const kind = callKind(inner, ops, top, locals)
    if (kind === 'op' || kind === 'dynamic') steps = true
    if (kind === 'known') calls.add((inner.callee as ast.Identifier).name)
  })
  for (const local of locals) {
    if (ops.has(local)) throw new Error(`sim: ${name} hides the atomic function ${local}`)
  }
  return { node, name, locals, calls, usesThis, steps }
}

export function callKind(
  call: ast.CallExpression,
  ops: ReadonlyMap<string, unknown>,
  top: { has(name: string): boolean },
  locals: ReadonlySet<string>,
): CallKind {
  const { callee } = call
  if (callee.type === 'Identifier') {
    if (locals.has(callee.name)) return 'dynamic'
    if (ops.has(callee.name)) return 'op'
    if (top.has(callee.name)) return 'known'
    return LANGUAGE.has(callee.name) ? 'plain' : 'dynamic'
  }
  if (callee.type !== 'MemberExpression') return callee.type === 'Super' ? 'plain' : 'dynamic'
  const { object, property, computed } = callee
  if (object.type === 'Identifier' && !locals.has(object.name) && LANGUAGE.has(object.name)) {
    return 'plain'
  }
  return !computed && property.type === 'Identifier' && METHODS.has(property.name)
    ? 'plain'
    : 'dynamic'
}

/** Marks who calls a function that takes steps, until nothing changes. */
function spread(
  functions: ReadonlyMap<FunctionNode, FunctionFacts>,
  named: ReadonlyMap<string, FunctionFacts>,
): void {
  for (let changed = true; changed;) {
    changed = false
    for (const facts of functions.values()) {
      if (facts.steps || ![...facts.calls].some((name) => named.get(name)!.steps)) continue
      facts.steps = true
      changed = true
    }
  }
}

function localsOf(node: FunctionNode): Set<string> {
  const names = new Set<string>()
  for (const parameter of node.params) bindings(parameter, names)
  visitOwn(node, (inner) => {
    if (inner.type === 'VariableDeclarator') bindings(inner.id, names)
    else if (inner.type === 'CatchClause' && inner.param) bindings(inner.param, names)
    else if (isFunction(inner) && inner.type === 'FunctionDeclaration') names.add(inner.id.name)
  })
  return names
}

/** The names that a pattern binds. */
export function bindings(pattern: ast.Pattern, names: Set<string>): void {
  if (pattern.type === 'Identifier') names.add(pattern.name)
  else if (pattern.type === 'AssignmentPattern') bindings(pattern.left, names)
  else if (pattern.type === 'RestElement') bindings(pattern.argument, names)
  else if (pattern.type === 'ArrayPattern') {
    for (const element of pattern.elements) if (element !== null) bindings(element, names)
  } else if (pattern.type === 'ObjectPattern') {
    for (const property of pattern.properties) {
      bindings(property.type === 'Property' ? property.value : property.argument, names)
    }
  }
}

function nameOf(node: FunctionNode, parent: ast.AnyNode | null): string {
  if (node.type !== 'ArrowFunctionExpression' && node.id) return node.id.name
  const key =
    parent?.type === 'Property' || parent?.type === 'MethodDefinition' ? parent.key : undefined
  return key?.type === 'Identifier' || key?.type === 'PrivateIdentifier' ? key.name : 'function'
}

export function isFunction(node: ast.AnyNode): node is FunctionNode {
  return /^(?:Function|ArrowFunction)/.test(node.type)
}

/** The nodes directly below one, in source order. */
export function childrenOf(node: ast.AnyNode): ast.AnyNode[] {
  const children: ast.AnyNode[] = []
  const add = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(add)
    else if (
      typeof value === 'object' &&
      value !== null &&
      typeof (value as ast.Node).start === 'number'
    ) {
      children.push(value as ast.AnyNode)
    }
  }
  for (const [key, value] of Object.entries(node)) {
    // `{ a }` holds one identifier twice.
    if (key === 'value' && node.type === 'Property' && node.shorthand) continue
    add(value)
  }
  return children.toSorted((a, b) => a.start - b.start)
}

function visit(
  node: ast.AnyNode,
  parent: ast.AnyNode | null,
  enter: (node: ast.AnyNode, parent: ast.AnyNode | null) => void,
): void {
  enter(node, parent)
  for (const child of childrenOf(node)) visit(child, node, enter)
}

/** Everything inside a function but not inside functions within it; those are met, not entered. */
function visitOwn(node: FunctionNode, enter: (node: ast.AnyNode) => void): void {
  const inside = (inner: ast.AnyNode): void => {
    enter(inner)
    if (!isFunction(inner)) childrenOf(inner).forEach(inside)
  }
  node.params.forEach(inside)
  inside(node.body)
}
