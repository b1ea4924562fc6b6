import type { Progress } from './measure.ts'

interface Stream {
  isTTY?: boolean
  write(text: string): unknown
}

export interface ProgressLine extends Progress {
  done(): void
}

/** One redrawn line on a terminal, one line per step in a pipe, nothing when silent. */
export function progressOn(stream: Stream, silent: boolean): ProgressLine {
  if (silent) return { step: () => {}, update: () => {}, done: () => {} }
  if (stream.isTTY !== true) {
    return { step: (words) => stream.write(`${words}\n`), update: () => {}, done: () => {} }
  }
  let current = ''
  const draw = (text: string): void => void stream.write(`\r\u001b[2K${text.slice(0, 100)}`)
  return {
    step: (words) => draw((current = words)),
    update: (share) => draw(`${current}  ${Math.round(share * 100)} %`),
    done: () => draw(''),
  }
}
