import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A child that answers each line of JSON with one. */
export class LineChild {
  readonly #child: ChildProcess
  readonly #answers: AsyncIterator<string>
  readonly #ended: Promise<string>

  constructor(command: readonly string[], environment: Record<string, string>) {
    const [program = '', ...args] = command
    this.#child = spawn(program, args, {
      env: { ...process.env, ...environment },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    if (this.#child.stdout === null) throw new Error('a peer without a standard output')
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
    this.#ended = new Promise(resolve => {
      this.#child.once('error', error => resolve(error.message))
      this.#child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `code ${code}`}`))
    })
    // Writing to a child that has died is told by `ask`, in words.
    this.#child.stdin?.on('error', () => {})
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the peer was not started')
    return this.#child.pid
  }

  async ask(message: object): Promise<unknown> {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`)
    const line = await this.#answers.next()
    if (line.done) throw new Error(`the peer did not answer: ${await this.#ended}`)
    return JSON.parse(line.value)
  }

  /** Ends the child and waits for that. */
  async end(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }
}
