// Documents in the order of their vectors' cosine with a query's: exact, over all of them.
import { XlingError } from '../../binding/errors.js'
import { Kernels, type KernelTensor } from '../../binding/kernels.js'
import { normalizeRows } from '../../model/encode-texts.js'
import { type EncodeSettings, type SentenceEncoder, vectorsOf } from '../sentence-encoder.js'
import type { RetrievalFolder } from '../tasks/beir/folder.js'
import { type Ranking, type RankOptions, TopDocuments } from './top-documents.js'

export interface CosineRankOptions extends RankOptions {
  readonly batchSize?: number | undefined
  readonly queryPrompt?: string | undefined
  readonly documentPrompt?: string | undefined
}

/** Rows and columns of the scores that are in memory at a time: 64 MiB. */
const tile = 4096

/**
 * By query. A score is one chain of f32 products on the CPU, whatever device the model is on: it depends on the two
 * vectors alone, so that documents of one vector are ties.
 * @throws XlingError `ERR_INVALID_SHAPE`, `ERR_NON_FINITE`, `ERR_OUT_OF_MEMORY`, what reading the corpus again and the
 * model's `encode` throw; the signal's reason
 */
export async function rankByCosine(
  model: SentenceEncoder,
  folder: RetrievalFolder,
  options: CosineRankOptions,
): Promise<Ranking[]> {
  const { depth, batchSize, queryPrompt, documentPrompt, signal } = options
  const aborted = signal ? { signal } : {}
  const width = model.dimension
  await using kernels = await Kernels.open({ device: 'cpu', ...aborted })
  const top = new TopDocuments(folder.queries, folder.documents, depth)
  const asked = folder.queries.map(({ text }) => text)
  const queries = await unitVectors(model, asked, { batchSize, prompt: queryPrompt, signal })
  const weights: KernelTensor[] = []
  for (let first = 0; first < asked.length; first += tile) {
    const data = queries.subarray(first * width, (first + tile) * width)
    weights.push(await kernels.tensor([data.length / width, width], { data, ...aborted }))
  }
  let firstDocument = 0
  for await (const texts of inTiles(folder.texts())) {
    const data = await unitVectors(model, texts, { batchSize, prompt: documentPrompt, signal })
    await using x = await kernels.tensor([texts.length, width], { data, ...aborted })
    for (const [i, w] of weights.entries()) {
      await using y = await kernels.tensor([texts.length, w.shape[0] ?? 0], aborted)
      await kernels.run('linear', { x, w, y }, aborted)
      const scores = (await y.read(aborted)) as Float32Array
      top.offerAll(scores, texts.length, { document: firstDocument, query: i * tile })
    }
    firstDocument += texts.length
  }
  return top.rankings()
}

/** Of length 1, or of zeros. */
async function unitVectors(model: SentenceEncoder, texts: readonly string[], settings: EncodeSettings) {
  // A copy: the model may keep what it gave.
  const vectors = normalizeRows(Float32Array.from(await vectorsOf(model, texts, settings)), model.dimension)
  const at = vectors.findIndex(value => !Number.isFinite(value))
  if (at < 0) return vectors
  throw new XlingError(
    'ERR_NON_FINITE',
    `evaluate: encode gave a number that is not finite for '${texts[Math.floor(at / model.dimension)]?.slice(0, 80)}'`,
  )
}

async function* inTiles(texts: AsyncIterable<string>): AsyncGenerator<string[], void> {
  let rows: string[] = []
  for await (const text of texts) {
    rows.push(text)
    if (rows.length < tile) continue
    yield rows
    rows = []
  }
  if (rows.length > 0) yield rows
}
