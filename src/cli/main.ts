#!/usr/bin/env node
import { CommanderError } from 'commander'
import { XlingError } from '../binding/errors.js'
import { Interruption } from './interruption.js'
import { program } from './program.js'
import { UsageError } from './usage-error.js'

// Whoever reads, as `head` does, has read enough; 128 and SIGPIPE's number, as shells have it.
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(141)
  throw error
})

try {
  await program().parseAsync()
} catch (error) {
  process.exitCode = tell(error)
}

/** @returns the exit code; the help says which there are */
function tell(error: unknown): number {
  // Commander has told of it itself.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof UsageError) {
    console.error(`xling: ${error.message}`)
    return 2
  }
  if (error instanceof Interruption) {
    console.error(`xling: ${error.message}`)
    return error.exitCode
  }
  if (!(error instanceof XlingError)) throw error
  console.error(`xling: ${error.message} [${error.code}]`)
  return 1
}
