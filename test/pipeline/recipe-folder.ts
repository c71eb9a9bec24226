// A recipe with all that it names, of the micro-world.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Decoder, Encoder } from 'xling'
import { config, encoderConfig, pairs, writeCsv, writeScored, writeTokenizer } from './micro-world.js'

export const recipeText = `
seed: 7
adapt:
  model: ./decoder
  adapter: { rank: 4, alpha: 8, dropout: 0.1 }
  train: { epochs: 2, batchSize: 4, accumulation: 2, lr: 5e-3, clip: 0.3, maxTokens: 64, evaluateEvery: 4 }
  adapters:
    positive: { data: pos.csv, evaluate: { data: { path: pos.csv, limit: 8 } } }
    negative: { data: neg.csv }
synthesize:
  sentences: sentences.csv
  temperature: 1
  maxNewTokens: 6
  filters: { maxLengthRatio: 6 }
train-encoder:
  model: ./encoder
  pooling: avg_first_last
  train: { epochs: 6, batchSize: 16, lr: 2e-3, schedule: linear, warmup: 0.1, temperature: 0.1, checkpointEvery: 2 }
  evaluate: { task: semrel, data: dev.csv }
evaluate:
  sets: { dev: { task: semrel, data: dev.csv } }
`

/** A new folder with models from nothing, data and `recipe.yaml`; the caller removes it. */
export async function recipeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'xling-recipe-'))
  await using decoder = await Decoder.create(config, { seed: 1 })
  await using encoder = await Encoder.create(encoderConfig, { seed: 1 })
  await decoder.save(join(folder, 'decoder'), { dtype: 'f32' })
  await encoder.save(join(folder, 'encoder'))
  for (const model of ['decoder', 'encoder']) await writeTokenizer(join(folder, model))
  await writeCsv(join(folder, 'pos.csv'), ['sent0', 'sent1'], pair => pair.entailed)
  await writeCsv(join(folder, 'neg.csv'), ['sent0', 'hard_neg'], pair => pair.contradicted)
  await writeFile(join(folder, 'sentences.csv'), ['sentence', ...pairs.map(({ anchor }) => anchor), ''].join('\n'))
  // For whoever has triplets already: the recipe makes its own.
  const triplets = pairs.map(({ anchor, entailed, contradicted }) => ({
    ...{ anchor, positive: entailed, negative: contradicted },
  }))
  await writeFile(join(folder, 'triplets.jsonl'), triplets.map(row => `${JSON.stringify(row)}\n`).join(''))
  await writeScored(join(folder, 'dev.csv'), [1, 5, 9, 13, 17])
  await writeFile(join(folder, 'recipe.yaml'), recipeText)
  return folder
}

export async function inRecipeFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await recipeFolder()
  try {
    await body(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Every file of a run directory, but for what times make of it; TensorBoard's files by their length. */
export async function contentsOf(root: string): Promise<Record<string, unknown>> {
  const contents: Record<string, unknown> = {}
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  for (const { parentPath, name } of entries.filter(entry => entry.isFile())) {
    const path = join(parentPath, name)
    contents[path.slice(root.length + 1)] = withoutTimes(name, await readFile(path))
  }
  return contents
}

function withoutTimes(name: string, bytes: Buffer): unknown {
  if (name.startsWith('events.out')) return bytes.length
  if (name === 'stage.json') {
    const { began: _, ended: __, ...rest } = JSON.parse(bytes.toString())
    return rest
  }
  if (name !== 'metrics.jsonl') return bytes
  const lines = bytes.toString().trimEnd().split('\n')
  return lines.map(line => {
    const { seconds: _, time: __, ...rest } = JSON.parse(line)
    return rest
  })
}
