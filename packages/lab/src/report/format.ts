// Numbers as people read them. Always three or four significant digits: what is printed must not claim more than
// the intervals allow.

export function count(value: number): string {
  return value.toLocaleString('en-US')
}

export function milliseconds(value: number): string {
  if (value >= 100) return `${value.toFixed(0)} ms`
  if (value >= 1) return `${value.toPrecision(3)} ms`
  return value >= 0.001
    ? `${(value * 1000).toPrecision(3)} µs`
    : `${(value * 1e6).toPrecision(3)} ns`
}

export function nanoseconds(value: number): string {
  if (value >= 10_000) return `${count(Math.round(value))} ns`
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ns`
}

export function rate(itemsPerSecond: number): string {
  if (itemsPerSecond >= 1e9) return `${(itemsPerSecond / 1e9).toPrecision(3)} G/s`
  if (itemsPerSecond >= 1e6) return `${(itemsPerSecond / 1e6).toPrecision(3)} M/s`
  return `${(itemsPerSecond / 1e3).toPrecision(3)} k/s`
}

export function times(value: number): string {
  return `${value.toFixed(2)}x`
}

export function percent(share: number): string {
  const value = share * 100
  return `${value !== 0 && Math.abs(value) < 9.95 ? value.toFixed(1) : value.toFixed(0)} %`
}

export function plural(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`
}
