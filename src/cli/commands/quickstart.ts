import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { linesOf, resultLines } from '../../quickstart/lines.js'
import { quickstart as runQuickstart } from '../../quickstart/quickstart.js'
import { interruptible } from '../interruption.js'

/**
 * `xling quickstart`
 * @param options.seed a whole number, 0 or more; default 1
 * @param options.folder default: a new one for temporary files, which stays
 */
export async function quickstart(options: { seed?: number; folder?: string }): Promise<void> {
  const began = performance.now()
  const { seed = 1, folder = await mkdtemp(join(tmpdir(), 'xling-quickstart-')) } = options
  const print = (lines: readonly string[]) => console.log(lines.join('\n'))
  const tell = (event: Parameters<typeof linesOf>[0]) => print(linesOf(event))
  await interruptible(`what it made until then is in ${folder}`, async signal =>
    print(resultLines(await runQuickstart({ folder, seed, signal, tell }))),
  )
  const seconds = Math.round((performance.now() - began) / 1000)
  print(['', `That took ${seconds} s, with seed ${seed}. Data, adapters and encoder are in ${folder}`])
}
