// Numbers as the tables show them: three significant digits, never an exponent.
import type { Estimate } from '../../stats/bootstrap.ts'

export function digits(value: number): string {
  if (!Number.isFinite(value)) return '-'
  if (value === 0) return '0'
  const magnitude = Math.floor(Math.log10(Math.abs(value)))
  const decimals = Math.min(6, Math.max(0, 2 - magnitude))
  return group(value.toFixed(decimals))
}

/** 1234567 -> 1,234,567; the fraction stays as it is. */
function group(text: string): string {
  const [whole = '', fraction] = text.split('.')
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

export function interval({ value, low, high }: Estimate): string {
  return `${digits(value)} [${digits(low)}, ${digits(high)}]`
}
