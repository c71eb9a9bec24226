// Small models with tokenizers, and rows to train them on.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Decoder, Encoder, type Model, type StepEvent } from 'xling'
import { config, encoderConfig, pairs, writeTokenizer } from '../pipeline/micro-world.js'

const small = { hidden_size: 32, intermediate_size: 48, num_attention_heads: 2 }

export const sftRows = pairs.slice(0, 10).map(({ anchor, entailed }) => ({ sent0: anchor, sent1: entailed }))
export const triplets = pairs
  .slice(0, 10)
  .map(({ anchor, entailed, contradicted }) => ({ anchor, positive: entailed, negative: contradicted }))
export const sentences = pairs.slice(0, 10).map(({ anchor }) => ({ text: anchor }))

export interface Folders {
  readonly decoder: string
  readonly encoder: string
  /** Of nothing yet. */
  readonly run: string
}

/** Saved models, and a folder for a run. */
export async function withFolders(body: (folders: Folders) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'xling-train-'))
  const folders = { decoder: join(root, 'decoder'), encoder: join(root, 'encoder'), run: join(root, 'run') }
  try {
    await using decoder = await Decoder.create({ ...config, ...small }, { seed: 1 })
    await using encoder = await Encoder.create({ ...encoderConfig, ...small }, { seed: 1, pooling: 'mean' })
    await decoder.save(folders.decoder, { dtype: 'f32' })
    await encoder.save(folders.encoder)
    await writeTokenizer(folders.decoder)
    await writeTokenizer(folders.encoder)
    await body(folders)
  } finally {
    await rm(root, { recursive: true })
  }
}

export async function adapted(folder: string) {
  const llm = await Decoder.load(folder)
  const adapter = llm.addAdapter('positive', { rank: 4, alpha: 8, dropout: 0.2, seed: 3 })
  return { llm, adapter, [Symbol.asyncDispose]: () => llm.dispose() }
}

/** All that a run tells, but for times. */
export async function told(run: AsyncIterable<StepEvent>, most = Number.POSITIVE_INFINITY) {
  const events: Omit<StepEvent, 'seconds'>[] = []
  for await (const { seconds: _, ...event } of run) {
    events.push(event)
    if (events.length === most) break
  }
  return events
}

export const parametersOf = (trainee: Pick<Model, 'parameters'>) => trainee.parameters()
