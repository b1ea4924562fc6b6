/** Runs scenarios one after another and tells how each ended. */
import { scenarios } from './scenarios.ts'
import type { Setting } from './scenarios.ts'

export interface Result {
  readonly name: string
  /** Null if all was well. */
  readonly failure: string | null
}

/** A hang becomes a failure. */
const LONGEST_MS = 30_000

export async function runScenarios(
  setting: Setting,
  tell: (result: Result) => void,
): Promise<void> {
  for (const [name, scenario] of Object.entries(scenarios)) {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no end within ${LONGEST_MS} ms`)), LONGEST_MS)
    })
    let failure: string | null = null
    try {
      await Promise.race([scenario(setting), late])
    } catch (error) {
      const { message, stack } = error as Error
      failure = stack?.includes(message) === true ? stack : `${message}\n${stack}`
    }
    clearTimeout(timer)
    tell({ name, failure })
  }
}
