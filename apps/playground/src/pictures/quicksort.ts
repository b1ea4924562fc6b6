import type { Picture } from './picture.ts'

/** A bar per pixel column, as high as the number at that place. */
export const quicksortPicture: Picture = {
  kind: 'drawing',
  draw({ work, colours }, context, width, height) {
    const data = work.arrays['data']!
    context.fillStyle = colours.chunk
    for (let x = 0; x < width; x += 2) {
      const value = data[Math.floor((x / width) * data.length)]!
      const high = value * (height - 8)
      context.fillRect(x, height - high, 1.5, high)
    }
  },
}
