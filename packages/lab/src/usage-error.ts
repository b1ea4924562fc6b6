/** The command line asks for what cannot be done: exit code 2, and nothing has been written. */
export class UsageError extends Error {
  override name = 'UsageError'
}
