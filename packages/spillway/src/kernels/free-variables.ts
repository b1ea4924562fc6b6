// What an inline function needs from outside itself, found by a real parser before anything runs.
//
// A plain function becomes a kernel by its source text, so every name it uses must exist where a worker
// compiles that text. `analyseSource` reports the names that do not resolve inside the text; the caller
// compares them with the globals of its workers and asks `explainFreeName` what to say about the rest.
//
// Scopes are those of strict code: the text mostly comes from modules, and workers compile it as strict
// code. The walk is our own, over acorn's tree. periscopic 4.0.3 was tried: it lets parameter defaults
// see the body's `var`s, lets a static block's `var` escape, loses the names of class expressions and
// counts `import.meta` as a variable. Each of these invents a free name or hides one.
//
// This file is bundled with acorn into a chunk of its own (tools/bundle.js), loaded only when inline
// functions are used; it must import nothing that the rest of the library imports too.
import { parseExpressionAt } from 'acorn'
import type * as ast from 'acorn'

export { explainFreeName } from './explain-free-name.ts'

/** What the source text of a function says about it. */
export interface SourceReport {
  /**
   * The function as an expression, to be compiled as strict code. A method becomes a function; it keeps
   * its name unless its body uses that name for something outside.
   */
  expression: string
  /**
   * Names used but not declared in the text, in order of first use. Globals such as `Math` and
   * `undefined` are among them, also names only tested by `typeof`. A direct `eval` can use more names
   * than any report can list.
   */
  free: string[]
  isArrow: boolean
  isAsync: boolean
  isGenerator: boolean
  /** Uses its own `this`; an arrow function that of the code around it. */
  usesThis: boolean
  /** Uses `super` of the class or object around it; its expression then does not compile. */
  usesSuper: boolean
  /** Uses its own `arguments`; an arrow function those of the function around it. */
  usesArguments: boolean
  /** Uses its own `new.target`; an arrow function that of the function around it. */
  usesNewTarget: boolean
  usesImportMeta: boolean
  usesDynamicImport: boolean
  /** Declared parameters, counting those with a default and a rest parameter. */
  parameters: number
  /**
   * Properties that the last parameter takes apart: `required` without a default, `optional` with one or
   * when the whole parameter has one. Null if it is no object pattern, or has a rest or a computed name.
   */
  argumentFields: { required: string[]; optional: string[] } | null
}

/** A function cannot become a kernel by its source text; the message says why and what to do. */
export class SourceError extends Error {
  override name = 'SourceError'
}

/**
 * Reads the text that `Function.prototype.toString` gives for a function.
 *
 * Throws `SourceError` for native and bound functions, classes, getters, setters, private names of a
 * class around the function, and text that is not strict JavaScript.
 */
export function analyseSource(text: string): SourceReport {
  const parsed = parseFunction(text.trim())
  const { root } = parsed
  const found = findUses(root)
  const free = [...found.free] // the walk goes by the order of the text
  return {
    expression: expressionOf(parsed, free),
    free,
    isArrow: root.type === 'ArrowFunctionExpression',
    isAsync: root.async,
    isGenerator: root.generator,
    usesThis: found.usesThis,
    usesSuper: found.usesSuper,
    usesArguments: found.usesArguments,
    usesNewTarget: found.usesNewTarget,
    usesImportMeta: found.usesImportMeta,
    usesDynamicImport: found.usesDynamicImport,
    parameters: root.params.length,
    argumentFields: argumentFields(root.params.at(-1)),
  }
}

// --- parse: text -> function node -------------------------------------------------------------------

type RootFunction = ast.FunctionExpression | ast.ArrowFunctionExpression

interface Parsed {
  root: RootFunction
  /** The text that the positions of `root` count in. */
  source: string
  /** Null unless the text is a method; its name, '' when that is no identifier. */
  methodName: string | null
}

// A function around the text lets `new.target` parse, as it did where the function stood. The line ends
// put an own line number on the text and keep a comment at its end from hiding what follows.
const PROLOGUES = [
  'function _() { return (\n',
  'function _() { return {\n',
  'function _() { return class {\n',
]
const EPILOGUES = ['\n) }', '\n} }', '\n} }']

const NATIVE = /\{\s*\[native code\]\s*\}$/

function parseFunction(text: string): Parsed {
  if (NATIVE.test(text)) {
    throw new SourceError(
      'a native or bound function has no source text; call it from a function: (i) => f(i)',
    )
  }
  let furthest: { error: unknown; position: number } | undefined
  for (const [form, prologue] of PROLOGUES.entries()) {
    const source = `${prologue}${text}${EPILOGUES[form]}`
    let value: ast.AnyNode | null | undefined
    try {
      value = returned(parseExpressionAt(source, 0, PARSER_OPTIONS))
    } catch (error) {
      // The form that reads on the longest is the one that was meant.
      const position = ((error as { pos?: number }).pos ?? 0) - prologue.length
      if (furthest === undefined || position > furthest.position) furthest = { error, position }
      continue
    }
    const parsed = rootOf(value, source)
    if (parsed.root.end === prologue.length + text.length) return parsed
    throw new SourceError('the source text is more than one function')
  }
  throw new SourceError(
    `the source text is not strict JavaScript: ${parserMessage(furthest?.error)}`,
  )
}

const PARSER_OPTIONS: ast.Options = {
  ecmaVersion: 'latest',
  sourceType: 'module', // strict, and allows import.meta
  allowSuperOutsideMethod: true,
  checkPrivateFields: false, // reported by the walk, with its own message
}

function returned(outer: ast.Expression): ast.AnyNode | null | undefined {
  const first = outer.type === 'FunctionExpression' ? outer.body.body[0] : undefined
  return first?.type === 'ReturnStatement' ? first.argument : undefined
}

function rootOf(value: ast.AnyNode | null | undefined, source: string): Parsed {
  if (value?.type === 'FunctionExpression' || value?.type === 'ArrowFunctionExpression') {
    return { root: value, source, methodName: null }
  }
  if (value?.type === 'ClassExpression' && !source.startsWith(PROLOGUES[2])) {
    throw new SourceError('a class is not a function that a worker can call')
  }
  const member = value?.type === 'ObjectExpression' ? value.properties[0] : undefined
  if (member?.type === 'Property') {
    if (member.kind !== 'init') throw new SourceError('a getter or setter cannot be a kernel')
    if (member.method) return methodOf(member, member.value as ast.FunctionExpression, source)
  }
  const element = value?.type === 'ClassExpression' ? value.body.body[0] : undefined
  if (element?.type === 'MethodDefinition') {
    if (element.kind !== 'method') throw new SourceError('a getter or setter cannot be a kernel')
    return methodOf(element, element.value, source)
  }
  throw new SourceError('the source text is not a function')
}

function methodOf(
  member: ast.Property | ast.MethodDefinition,
  root: ast.FunctionExpression,
  source: string,
): Parsed {
  const { key } = member
  const named = !member.computed && (key.type === 'Identifier' || key.type === 'PrivateIdentifier')
  return { root, source, methodName: named ? key.name : '' }
}

function parserMessage(error: unknown): string {
  const { message, loc } = error as { message: string; loc?: { line: number; column: number } }
  const text = message.replace(/ \(\d+:\d+\)$/, '')
  return loc ? `${text} (line ${loc.line - 1}, column ${loc.column + 1})` : text
}

function expressionOf({ root, source, methodName }: Parsed, free: readonly string[]): string {
  const text = source.slice(root.start, root.end)
  if (methodName === null) return text
  const head = `${root.async ? 'async ' : ''}function${root.generator ? '*' : ''} `
  // A method's own name is not in scope in its body, a function's is: then it must stay unnamed.
  if (methodName === '' || free.includes(methodName)) return head + text
  try {
    parseExpressionAt(`${head}${methodName}() {}`, 0, PARSER_OPTIONS)
    return head + methodName + text
  } catch {
    return head + text // a name only a property may have, such as `delete`
  }
}

function argumentFields(last: ast.Pattern | undefined): SourceReport['argumentFields'] {
  const mayBeMissing = last?.type === 'AssignmentPattern'
  const pattern = mayBeMissing ? last.left : last
  if (pattern?.type !== 'ObjectPattern') return null
  const required: string[] = []
  const optional: string[] = []
  for (const property of pattern.properties) {
    if (property.type === 'RestElement' || property.computed) return null
    const { key, value } = property
    const name = key.type === 'Identifier' ? key.name : String((key as ast.Literal).value)
    if (mayBeMissing || value.type === 'AssignmentPattern') optional.push(name)
    else required.push(name)
  }
  return { required, optional }
}

// --- walk: function node -> names and features it uses ----------------------------------------------

interface Found {
  free: Set<string>
  usesThis: boolean
  usesSuper: boolean
  usesArguments: boolean
  usesNewTarget: boolean
  usesImportMeta: boolean
  usesDynamicImport: boolean
}

interface Names {
  names: ReadonlySet<string>
  outer: Names | null
}

/** Where in the text a node stands. */
interface Place {
  scope: Names | null
  /** Private names of the classes around it, `#` left out. */
  privates: Names | null
  /** `this`, `super`, `arguments` and `new.target` here are those of the analysed function. */
  own: boolean
  found: Found
}

function findUses(root: RootFunction): Found {
  const found: Found = {
    free: new Set(),
    usesThis: false,
    usesSuper: false,
    usesArguments: false,
    usesNewTarget: false,
    usesImportMeta: false,
    usesDynamicImport: false,
  }
  visitFunction(root, { scope: null, privates: null, own: true, found }, root)
  return found
}

function visit(node: ast.AnyNode, at: Place): void {
  switch (node.type) {
    case 'Identifier':
      return visitName(node, at)
    case 'PrivateIdentifier':
      return visitPrivateName(node, at)
    case 'ThisExpression':
      if (at.own) at.found.usesThis = true
      return
    case 'Super':
      if (at.own) at.found.usesSuper = true
      return
    case 'MetaProperty':
      if (node.meta.name === 'import') at.found.usesImportMeta = true
      else if (at.own) at.found.usesNewTarget = true
      return
    case 'ImportExpression':
      at.found.usesDynamicImport = true
      return visitChildren(node, at)
    case 'MemberExpression':
      visit(node.object, at)
      if (node.computed || node.property.type === 'PrivateIdentifier') visit(node.property, at)
      return
    case 'Property':
      if (node.computed) visit(node.key, at)
      return visit(node.value, at)
    case 'LabeledStatement':
      return visit(node.body, at)
    case 'BreakStatement':
    case 'ContinueStatement':
      return
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return visitFunction(node, at)
    case 'ClassDeclaration':
    case 'ClassExpression':
      return visitClass(node, at)
    case 'VariableDeclarator':
      visitBinding(node.id, at)
      if (node.init) visit(node.init, at)
      return
    default:
      return visitScoped(node, at)
  }
}

/** Statements that open a scope; every other node only has children. */
function visitScoped(node: ast.AnyNode, at: Place): void {
  switch (node.type) {
    case 'BlockStatement':
      return visitAll(node.body, nested(at, lexicalNames(node.body)))
    case 'ForStatement':
      return visitChildren(node, nested(at, lexicalNames([node.init])))
    case 'ForInStatement':
    case 'ForOfStatement':
      // What is iterated stands inside the scope too: in `for (const x of x)` the second x is the first.
      return visitChildren(node, nested(at, lexicalNames([node.left])))
    case 'SwitchStatement': {
      visit(node.discriminant, at)
      const statements = node.cases.flatMap((each) => each.consequent)
      return visitAll(node.cases, nested(at, lexicalNames(statements)))
    }
    case 'CatchClause': {
      const inside = nested(at, node.param ? addBindings(node.param, new Set()) : new Set())
      if (node.param) visitBinding(node.param, inside)
      return visit(node.body, inside)
    }
    default:
      return visitChildren(node, at)
  }
}

type AnyFunction = RootFunction | ast.FunctionDeclaration | ast.AnonymousFunctionDeclaration

function visitFunction(node: AnyFunction, at: Place, root?: RootFunction): void {
  const arrow = node.type === 'ArrowFunctionExpression'
  const named =
    node.type === 'FunctionExpression' && node.id ? nested(at, new Set([node.id.name])) : at
  const parameters = new Set<string>()
  for (const parameter of node.params) addBindings(parameter, parameters)
  // Those of the analysed function stay unresolved, which is how a use of them is noticed.
  if (!arrow && node !== root) parameters.add('arguments')
  const inside = { ...nested(named, parameters), own: node === root || (arrow && at.own) }
  for (const parameter of node.params) visitBinding(parameter, inside)
  if (node.body.type !== 'BlockStatement') return visit(node.body, inside)
  // The body's names are in a scope of their own: parameter defaults do not see them.
  visitAll(node.body.body, nested(inside, bodyNames(node.body.body)))
}

function visitClass(node: ast.Class, at: Place): void {
  const named = node.id ? nested(at, new Set([node.id.name])) : at
  if (node.superClass) visit(node.superClass, named)
  const names = new Set<string>()
  for (const element of node.body.body) {
    if (element.type !== 'StaticBlock' && element.key.type === 'PrivateIdentifier') {
      names.add(element.key.name)
    }
  }
  const inside = { ...named, privates: { names, outer: at.privates } }
  const instance = { ...inside, own: false }
  for (const element of node.body.body) {
    if (element.type === 'StaticBlock') {
      visitAll(element.body, nested(instance, bodyNames(element.body)))
      continue
    }
    if (element.computed) visit(element.key, inside)
    if (element.value) visit(element.value, instance)
  }
}

function visitName({ name }: ast.Identifier, { scope, found }: Place): void {
  if (has(scope, name)) return
  if (name === 'arguments') found.usesArguments = true
  else found.free.add(name)
}

function visitPrivateName({ name }: ast.PrivateIdentifier, at: Place): void {
  if (has(at.privates, name)) return
  throw new SourceError(
    `#${name} is private to a class around the function; pass its value instead`,
  )
}

/** A declared pattern: its names are no uses, its defaults and computed keys are. */
function visitBinding(pattern: ast.AnyNode, at: Place): void {
  switch (pattern.type) {
    case 'Identifier':
      return
    case 'ObjectPattern':
      for (const property of pattern.properties) visitBinding(property, at)
      return
    case 'Property':
      if (pattern.computed) visit(pattern.key, at)
      return visitBinding(pattern.value, at)
    case 'ArrayPattern':
      for (const element of pattern.elements) if (element) visitBinding(element, at)
      return
    case 'RestElement':
      return visitBinding(pattern.argument, at)
    case 'AssignmentPattern':
      visitBinding(pattern.left, at)
      return visit(pattern.right, at)
    default:
      return visit(pattern, at)
  }
}

function visitAll(nodes: readonly ast.AnyNode[], at: Place): void {
  for (const node of nodes) visit(node, at)
}

function visitChildren(node: ast.AnyNode, at: Place): void {
  for (const child of children(node)) visit(child, at)
}

function* children(node: ast.AnyNode): Generator<ast.AnyNode> {
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child?.type === 'string') yield child
    }
  }
}

// --- scopes -----------------------------------------------------------------------------------------

function nested(at: Place, names: ReadonlySet<string>): Place {
  return names.size === 0 ? at : { ...at, scope: { names, outer: at.scope } }
}

function has(scope: Names | null, name: string): boolean {
  for (let names = scope; names; names = names.outer) if (names.names.has(name)) return true
  return false
}

/** Names that a function's body or a static block declares for all of itself. */
function bodyNames(statements: readonly ast.AnyNode[]): Set<string> {
  const names = lexicalNames(statements)
  for (const statement of statements) addVars(statement, names)
  return names
}

/** Names that a list of statements declares for its block only. */
function lexicalNames(statements: readonly (ast.AnyNode | null | undefined)[]): Set<string> {
  const names = new Set<string>()
  for (const statement of statements) {
    if (statement?.type === 'FunctionDeclaration' || statement?.type === 'ClassDeclaration') {
      if (statement.id) names.add(statement.id.name)
    } else if (statement?.type === 'VariableDeclaration' && statement.kind !== 'var') {
      for (const { id } of statement.declarations) addBindings(id, names)
    }
  }
  return names
}

/** Every `var` below a statement, however deep in blocks, but not in functions and classes. */
function addVars(node: ast.AnyNode, names: Set<string>): void {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
    case 'ClassDeclaration':
    case 'ClassExpression':
      return
    case 'VariableDeclaration':
      if (node.kind === 'var') for (const { id } of node.declarations) addBindings(id, names)
      return // an initialiser is an expression and declares nothing
    default:
      for (const child of children(node)) addVars(child, names)
  }
}

function addBindings(pattern: ast.AnyNode, names: Set<string>): Set<string> {
  switch (pattern.type) {
    case 'Identifier':
      return names.add(pattern.name)
    case 'ObjectPattern':
      for (const property of pattern.properties) addBindings(property, names)
      return names
    case 'Property':
      return addBindings(pattern.value, names)
    case 'ArrayPattern':
      for (const element of pattern.elements) if (element) addBindings(element, names)
      return names
    case 'RestElement':
      return addBindings(pattern.argument, names)
    case 'AssignmentPattern':
      return addBindings(pattern.left, names)
    default:
      return names
  }
}
