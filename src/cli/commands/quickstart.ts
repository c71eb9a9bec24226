import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { linesOf, resultLines } from '../../quickstart/lines.js'
import { quickstart as runQuickstart } from '../../quickstart/quickstart.js'

/**
 * `xling quickstart`
 * @param options.seed a whole number, 0 or more; default 1
 * @param options.folder default: a new one for temporary files, which stays
 */
export async function quickstart(options: { seed?: number; folder?: string } = {}): Promise<void> {
  const began = performance.now()
  const { seed = 1 } = options
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'xling-quickstart-')))
  const controller = new AbortController()
  process.once('SIGINT', () => controller.abort(new Error('interrupted')))
  const print = (lines: readonly string[]) => console.log(lines.join('\n'))
  try {
    const { signal } = controller
    print(resultLines(await runQuickstart({ folder, seed, signal, tell: event => print(linesOf(event)) })))
  } catch (error) {
    if (!controller.signal.aborted) throw error
    console.error('xling: interrupted')
    process.exitCode = 130
    return
  }
  const seconds = Math.round((performance.now() - began) / 1000)
  print(['', `That took ${seconds} s, with seed ${seed}. Data, adapters and encoder are in ${folder}`])
}
