/** The command line is wrong: it ends with exit code 2, before anything was done. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
