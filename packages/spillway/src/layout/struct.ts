/** How structs are described: a table of rows that yields offsets, the decoder and the drawn map. */

export const LINE_BYTES = 128
export const LINE_WORDS = LINE_BYTES / 4

export interface Field {
  readonly name: string
  /** Word offset from the start of its struct. */
  readonly word: number
  /** `i32` one word, `f64` two words at an even offset, `block` many words. */
  readonly type: 'i32' | 'f64' | 'block'
  readonly writer: string
  readonly meaning: string
}

export interface Struct {
  readonly name: string
  readonly words: number
  readonly fields: readonly Field[]
}

type Row = readonly [name: string, type: Field['type'], writer: string, meaning: string]

/** Lays rows out in order; `line` starts a new cache line, a number reserves that many words for a block. */
export function struct(name: string, rows: readonly (Row | 'line' | number)[]): Struct {
  const fields: Field[] = []
  let word = 0
  for (const row of rows) {
    if (row === 'line') word = Math.ceil(word / LINE_WORDS) * LINE_WORDS
    else if (typeof row === 'number') word += row
    else {
      if (row[1] === 'f64') word += word % 2
      fields.push({ name: row[0], word, type: row[1], writer: row[2], meaning: row[3] })
      if (row[1] !== 'block') word += row[1] === 'f64' ? 2 : 1
    }
  }
  return { name, words: Math.ceil(word / LINE_WORDS) * LINE_WORDS, fields }
}

/** Word offset of a field, which must exist. */
export function wordOf(of: Struct, name: string): number {
  const field = of.fields.find((candidate) => candidate.name === name)
  if (field === undefined) throw new Error(`layout: no field ${of.name}.${name}`)
  return field.word
}
