/**
 * Names that a kernel's body takes out of its argument record, read from the head of its text: `(i, { x, dt = 1 }) => …` needs x.
 *
 * Only the plain form is understood (no nested patterns, no rest); anything else yields nothing, and the kernel then fails where it
 * uses what is missing. The parser could say more, but takes milliseconds to warm up, before the first loop of every program.
 */
const HEAD = /^(?:function\b[^(]*|[\w$]+\s*(?=\())?\(([^(){}]*),\s*\{([^(){}[\]]*)\}\s*\)/

/** `before` is the number of parameters before the record. */
export function requiredFields(text: string, before: number): readonly string[] {
  const head = HEAD.exec(text)
  if (head === null || head[1].split(',').length !== before) return []
  const fields = head[2].split(',').map((field) => field.trim())
  if (fields.some((field) => field.startsWith('...') || field.includes('/'))) return []
  return fields
    .filter((field) => field !== '' && !field.includes('='))
    .map((field) => field.split(':')[0].trim())
}
