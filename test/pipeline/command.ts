// The command line, as a user calls it.
import { type ChildProcess, spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const cli = join(dirname(fileURLToPath(import.meta.resolve('xling/package.json'))), 'dist/cli/main.js')

export interface Called {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface CallOptions {
  readonly cwd?: string
  readonly stdin?: string
  /** Beside this process's. */
  readonly env?: Readonly<Record<string, string>>
  /** Of node itself. */
  readonly node?: readonly string[]
  /** Gets the process when it is there. */
  readonly begun?: (child: ChildProcess) => void
  /** Is told of what it has printed until now, each time that it prints. */
  readonly watch?: (child: ChildProcess, printed: { readonly stdout: string; readonly stderr: string }) => void
}

export async function call(args: readonly string[], options: CallOptions = {}): Promise<Called> {
  const { cwd, stdin = '', env = {}, node = [], begun, watch } = options
  const child = spawn(process.execPath, [...node, cli, ...args], {
    env: { ...process.env, ...env },
    ...(cwd !== undefined && { cwd }),
  })
  begun?.(child)
  const printed = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', text => {
      printed[name] += text
      watch?.(child, printed)
    })
  child.stdin.end(stdin)
  return new Promise(resolve => child.on('close', (code, signal) => resolve({ code, signal, ...printed })))
}
