/** Colours of the page's style sheet, resolved for the theme that is on, for what is drawn on a canvas. */
const names = [
  'paper',
  'raised',
  'ink',
  'muted',
  'line',
  'accent',
  'chunk',
  'job',
  'steal',
  'park',
  'good',
  'bad',
] as const

export type Colours = Readonly<Record<(typeof names)[number], string>>

export function colours(): Colours {
  const style = getComputedStyle(document.documentElement)
  return Object.fromEntries(
    names.map((name) => [name, style.getPropertyValue(`--${name}`)]),
  ) as Colours
}

/** One per worker, readable with the common forms of colour blindness (Okabe and Ito). */
export const workerColours = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#6b6b6b',
  '#b8860b',
] as const
