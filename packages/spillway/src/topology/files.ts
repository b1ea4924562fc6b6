/** The files detection reads. The real ones are in `host/`; a recorded machine is the same with another root. */
export interface SystemFiles {
  /**
   * What a file below the root holds, without NUL bytes and surrounding white space; null if there is none, if it cannot be read, is no
   * ordinary file, or is too large to be what was asked for. Paths have no leading slash: `sys/devices/system/cpu/online`.
   */
  text(path: string): string | null
  /** Names in a folder in no order; empty if there is none. */
  list(path: string): readonly string[]
}
