/** One table, printed as text or as HTML. */
export interface Table {
  caption: string
  columns: Column[]
  rows: string[][]
}

export interface Column {
  title: string
  align: 'left' | 'right'
}

/** Columns from title and cell function: a row type in, a table out. */
export function makeTable<T>(
  caption: string,
  columns: readonly [title: string, align: Column['align'], cell: (row: T) => string][],
  rows: readonly T[],
): Table {
  return {
    caption,
    columns: columns.map(([title, align]) => ({ title, align })),
    rows: rows.map((row) => columns.map(([, , cell]) => cell(row))),
  }
}

export function renderText({ caption, columns, rows }: Table): string {
  const widths = columns.map((column, at) =>
    Math.max(column.title.length, ...rows.map((row) => row[at]?.length ?? 0)),
  )
  const line = (cells: string[]): string =>
    cells
      .map((cell, at) =>
        columns[at]?.align === 'left'
          ? cell.padEnd(widths[at] ?? 0)
          : cell.padStart(widths[at] ?? 0),
      )
      .join('  ')
      .trimEnd()
  const header = line(columns.map((column) => column.title))
  const rule = widths.map((width) => '-'.repeat(width)).join('  ')
  return [caption, '', header, rule, ...rows.map(line)].join('\n')
}

export function renderHtml({ caption, columns, rows }: Table): string {
  const cell = (tag: string, text: string, at: number): string =>
    `<${tag}${columns[at]?.align === 'right' ? ' class="number"' : ''}>${escapeHtml(text)}</${tag}>`
  const head = columns.map((column, at) => cell('th', column.title, at)).join('')
  const body = rows
    .map((row) => `<tr>${row.map((text, at) => cell('td', text, at)).join('')}</tr>`)
    .join('\n')
  return (
    `<div class="scroll"><table><caption>${escapeHtml(caption)}</caption>` +
    `<thead><tr>${head}</tr></thead>\n<tbody>\n${body}\n</tbody></table></div>`
  )
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
