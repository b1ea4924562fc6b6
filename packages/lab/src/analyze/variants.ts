/** From the worst to none, as the seed orders them. */
export const variants = ['shared', 'adjacent', 'padded', 'local', 'reduce', 'none'] as const
export type Variant = (typeof variants)[number]

interface Description {
  title: string
  /** What one item or chunk writes. */
  writes: string
}

export const describeVariant: Record<Variant, Description> = {
  shared: { title: 'shared counter', writes: 'one atomic per item, all on one word' },
  adjacent: {
    title: 'adjacent cells',
    writes: "one atomic per item on the worker's own word, words 4 bytes apart",
  },
  padded: {
    title: 'padded cells',
    writes: "one atomic per item on the worker's own word, words 128 bytes apart",
  },
  local: { title: 'chunk-local sum', writes: 'one atomic per chunk' },
  reduce: { title: 'reduction', writes: 'one plain store per chunk, on a line of its own' },
  none: { title: 'no write', writes: 'nothing; each result is compared' },
}
