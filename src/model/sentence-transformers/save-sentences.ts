// All of a sentence-transformers folder that is not the model's own, weights of modules too.
import { dirname, join } from 'node:path'
import { ensureFolder } from '../../files/atomic.js'
import { denseWeights, type SentenceModel, writeSentenceSetup } from './write.js'

/**
 * Writes the modules' weights first, so that a folder that was left in the middle has no modules.json.
 * @param writeWeights puts the engine's slots into a file, under these names
 * @throws XlingError what {@link writeSentenceSetup} and `writeWeights` do
 */
export async function saveSentences(
  folder: string,
  model: SentenceModel,
  writeWeights: (path: string, names: [slot: string, name: string][]) => Promise<void>,
): Promise<void> {
  const dense = denseWeights(model)
  if (dense) {
    const path = join(folder, dense.path)
    await ensureFolder(dirname(path))
    await writeWeights(path, dense.slots)
  }
  await writeSentenceSetup(folder, model)
}
