/** A gradient of 256 colours as pixels (ABGR words): dark for little, bright for much, in even steps of lightness. */
const stops = [
  [0x0b, 0x10, 0x1c],
  [0x10, 0x2c, 0x57],
  [0x00, 0x5f, 0xa8],
  [0x2f, 0x9c, 0xc9],
  [0xb8, 0xd8, 0xb0],
  [0xf7, 0xd0, 0x6a],
  [0xff, 0xf6, 0xdc],
] as const

export const gradient: Uint32Array = Uint32Array.from({ length: 256 }, (_, at) => {
  const place = (at / 255) * (stops.length - 1)
  const below = Math.min(stops.length - 2, Math.floor(place))
  const [from, to] = [stops[below]!, stops[below + 1]!]
  const [r, g, b] = [0, 1, 2].map((part) =>
    Math.round(from[part]! + (to[part]! - from[part]!) * (place - below)),
  )
  return (0xff000000 | (b! << 16) | (g! << 8) | r!) >>> 0
})

/** The colour of a share from 0 to 1. */
export function shade(share: number): number {
  return gradient[Math.max(0, Math.min(255, Math.round(share * 255)))]!
}
