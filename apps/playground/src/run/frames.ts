/** When to draw while a program runs. */
import type { Screen } from '../pictures/screen.ts'

const FRAME_MS = 16
/** A hidden page has no frames. */
const HIDDEN_MS = 100

export const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)')

function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, HIDDEN_MS)
    requestAnimationFrame(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/** Draws between steps, a frame's time apart. With reduced motion only the end is drawn, but events still have their turn. */
export function drawBetween(screen: Screen): (stepsDone: number) => Promise<void> {
  let last = performance.now()
  return async (stepsDone) => {
    if (performance.now() - last < FRAME_MS) return
    if (!reducedMotion.matches) screen.draw(stepsDone)
    await nextFrame()
    last = performance.now()
  }
}

/** Draws every frame until the function returned is called: for a single long step, whose arrays fill meanwhile. */
export function drawWhile(screen: Screen): () => void {
  let isOver = reducedMotion.matches
  const frame = (): void => {
    if (isOver) return
    screen.draw()
    requestAnimationFrame(frame)
  }
  if (!isOver) requestAnimationFrame(frame)
  return () => (isOver = true)
}
