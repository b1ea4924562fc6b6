import type { Bar, Row } from './layout.ts'

/** A duration on an axis whose marks are `step` apart: no digits that the step does not need. */
export function durationText(ms: number, step: number): string {
  if (step >= 1) return `${Math.round(ms).toLocaleString('en-US')} ms`
  if (step >= 0.001) {
    const digits = Math.max(0, -Math.floor(Math.log10(step)))
    return step >= 0.1
      ? `${ms.toFixed(digits)} ms`
      : `${(ms * 1000).toFixed(Math.max(0, digits - 3))} µs`
  }
  return `${(ms * 1e6).toFixed(0)} ns`
}

export function shortDuration(ms: number): string {
  if (ms === 0 || ms >= 100) return `${ms.toFixed(0)} ms`
  if (ms >= 1) return `${ms.toPrecision(3)} ms`
  return `${(ms * 1000).toPrecision(3)} µs`
}

/** What one bar is, in words. */
export function barText(row: Row, { kind, span, count }: Bar): string {
  const length = shortDuration(span.end - span.begin)
  if (count > 1 && kind !== 'park')
    return `${row.name}: ${count} ${kind}s, too short to be told apart; zoom in`
  if (span.kind === 'chunk') {
    const range = `${span.from.toLocaleString('en-US')} to ${span.to.toLocaleString('en-US')}`
    return `${row.name}: chunk of ${span.kernel}, indexes ${range}, ${length}`
  }
  if (span.kind === 'loop')
    return `${row.name}: call of ${span.kernel}, ${length} until its end was known`
  return span.kind === 'park'
    ? `${row.name}: parked for ${length}`
    : `${row.name}: job ${span.kernel}, ${length}`
}
