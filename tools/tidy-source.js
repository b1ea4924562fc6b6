// A small reader of TypeScript for tidy.js: tells comments and strings from code, and function bodies from
// other braces. It guesses where only a parser knows; a wrong guess needs code that the formatter never leaves.

const BEFORE_REGEX = new Set(
  'return typeof case in of void delete await yield else do throw new instanceof'.split(' '),
)

/** Comments, strings (template text included) and regular expressions, in order. */
function spansOf(source) {
  const spans = []
  const braces = []
  let last = ''
  let at = 0
  const take = (kind, pattern) => {
    pattern.lastIndex = at
    const end = pattern.test(source) ? pattern.lastIndex : source.length
    spans.push({ kind, start: at, end })
    at = end
  }
  const takeTemplate = () => {
    take('string', /(?:[^\\`$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y)
    if (source[at - 1] === '{') braces.push('`')
  }
  while (at < source.length) {
    const char = source[at]
    const pair = source.slice(at, at + 2)
    if (pair === '//') take('comment', /.*/y)
    else if (pair === '/*') take('comment', /[\s\S]*?\*\//y)
    else if (char === '"' || char === "'") take('string', /(["'])(?:\\[\s\S]|(?!\1)[^\\\n])*\1?/y)
    else if (char === '/' && (BEFORE_REGEX.has(last) || !/(?:[\w$)\]}"'`]|\+\+|--)$/.test(last))) {
      take('regex', /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])*\/?[a-z]*/y)
    } else if (char === '`') {
      at++
      takeTemplate()
    } else {
      const word = /[\w$]+|\s+|\+\+|--|[\s\S]/y
      word.lastIndex = at
      const token = word.exec(source)[0]
      at += token.length
      if (token === '{') braces.push('{')
      else if (token === '}' && braces.pop() === '`') {
        at-- // the brace belongs to the template's text, as its opening one does
        takeTemplate()
      }
      if (token.trim() !== '') last = token
      continue
    }
    if (spans.at(-1).kind !== 'comment') last = '"'
  }
  return spans
}

/** The source with spans of these kinds turned into spaces; lines stay where they are. */
export function blankKinds(source, kinds) {
  let result = ''
  let at = 0
  for (const { kind, start, end } of spansOf(source)) {
    if (!kinds.includes(kind)) continue
    result += source.slice(at, start) + blank(source.slice(start, end))
    at = end
  }
  return result + source.slice(at)
}

/** Every function body in braces: the line it begins on and the lines between its braces. */
export function functionBodies(source) {
  const code = blankKinds(source, ['comment', 'string', 'regex'])
  const tokens = [...code.matchAll(/=>|[\w$]+|[^\s\w$]/g)].map((match) => ({
    text: match[0],
    at: match.index,
  }))
  const partner = partnersOf(tokens)
  const bodies = []
  tokens.forEach(({ text, at }, open) => {
    const close = partner.get(open)
    if (text !== '{' || close === undefined || !opensFunction(tokens, partner, open)) return
    const line = lineAt(code, at)
    bodies.push({ line, lines: Math.max(0, lineAt(code, tokens[close].at) - line - 1) })
  })
  return bodies
}

function partnersOf(tokens) {
  const partner = new Map()
  const open = []
  tokens.forEach(({ text }, at) => {
    if (text === '(' || text === '[' || text === '{') open.push(at)
    else if ((text === ')' || text === ']' || text === '}') && open.length > 0) {
      const start = open.pop()
      partner.set(start, at).set(at, start)
    }
  })
  return partner
}

const NOT_A_CALL = new Set('if for while switch catch with await'.split(' '))
const DECLARATIONS =
  'class interface extends implements const let var import export default enum namespace module declare'
const STATEMENTS = 'return else do try finally catch in of switch'
const NOT_A_TYPE = new Set([...DECLARATIONS.split(' '), ...STATEMENTS.split(' ')])

/** True if the brace follows parameters, parameters with a return type, or an arrow. */
function opensFunction(tokens, partner, brace) {
  let at = brace - 1
  if (at < 0 || tokens[at].text === ':') return false
  if (tokens[at].text === '=>') return true
  if (tokens[at].text === ')') return afterParameters(tokens, partner, at)
  while (at > 0) {
    const { text } = tokens[at]
    if (text === ':') return tokens[at - 1].text === ')' && afterParameters(tokens, partner, at - 1)
    if (partner.has(at) && partner.get(at) < at) at = partner.get(at) - 1
    else if (NOT_A_TYPE.has(text) || !/^(?:[\w$]+|=>|[<>|&.,])$/.test(text)) return false
    else at--
  }
  return false
}

function afterParameters(tokens, partner, close) {
  const before = tokens[(partner.get(close) ?? 0) - 1]?.text
  return before === undefined || !NOT_A_CALL.has(before)
}

export function blank(text) {
  return text.replace(/[^\n]/g, ' ')
}

export function lineAt(text, index) {
  return text.slice(0, index).split('\n').length
}
