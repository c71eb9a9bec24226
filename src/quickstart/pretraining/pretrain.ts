// Both models from nothing.
import { type LabelledRow, packExamples } from '../../data/collate.js'
import { Decoder } from '../../model/decoder.js'
import { Encoder } from '../../model/encoder.js'
import { rateAt } from '../../train/schedule.js'
import { train } from '../../train/train.js'
import { Draws } from '../world/draws.js'
import { drawSentence, drawText } from './corpus.js'
import { decoderConfig, encoderConfig } from './models.js'
import { decoderSpecials, writeDecoderTokenizer, writeEncoderTokenizer } from './tokenizers.js'

export interface Pretraining {
  readonly steps: number
  readonly batchSize: number
  readonly lr: number
  /** Told now and then, with the mean loss since it was told last. */
  readonly onLoss: (step: number, loss: number) => void
}

const seed = 1

/** Steps between two reports. */
const reported = 100

/** Every token is to be guessed, and no text is seen twice. */
export async function pretrainDecoder(folder: string, { steps, batchSize, lr, onLoss }: Pretraining): Promise<void> {
  await saveNew(await Decoder.create(decoderConfig, { seed }), folder, writeDecoderTokenizer)
  await using llm = await Decoder.load(folder, { trainable: 'all' })
  const draws = new Draws(seed, 'pretraining', 0)
  const end = decoderSpecials.indexOf('<eos>')
  const told = new Told(steps, onLoss)
  for (let step = 0; step < steps; step += 1) {
    const rows = Array.from({ length: batchSize }, (_, i): LabelledRow => {
      const ids = Int32Array.from([...llm.tokenizer.encode(drawText(draws)), end])
      return { ids, labels: ids, key: step * batchSize + i }
    })
    const { loss } = await llm.accumulate(packExamples(rows), { objective: 'sft' })
    const rate = rateAt(step, { lr, schedule: 'cosine', warmup: 100, steps })
    await llm.step({ lr: rate, clip: 1, weightDecay: 0.01, noDecay: /norm/ })
    await llm.zeroGrad()
    told.add(loss)
  }
  await llm.save(folder, { dtype: 'f16' })
}

/** Masked tokens of sentences of all languages, each alone: it is never told what means the same. */
export async function pretrainEncoder(folder: string, { steps, batchSize, lr, onLoss }: Pretraining): Promise<void> {
  await saveNew(await Encoder.create(encoderConfig, { seed }), folder, writeEncoderTokenizer)
  await using encoder = await Encoder.load(folder)
  const draws = new Draws(seed, 'pretraining', 1)
  const data = Array.from({ length: steps * batchSize }, () => ({ sentence: drawSentence(draws) }))
  const settings = { epochs: 1, batchSize, lr, clip: 1, schedule: 'cosine', warmup: 0.05, dropout: 0, seed } as const
  const told = new Told(steps, onLoss)
  for await (const { losses } of train(encoder, { objective: 'masked-lm', data, ...settings }))
    told.add(losses['masked-lm'] ?? Number.NaN)
  await encoder.save(folder, { dtype: 'f16' })
}

/** Tells the mean of the losses since it told last: every so many steps, and of the last. */
class Told {
  readonly #steps: number
  readonly #onLoss: Pretraining['onLoss']
  #step = 0
  #losses: number[] = []

  constructor(steps: number, onLoss: Pretraining['onLoss']) {
    this.#steps = steps
    this.#onLoss = onLoss
  }

  add(loss: number): void {
    this.#step += 1
    this.#losses.push(loss)
    if (this.#step % reported > 0 && this.#step < this.#steps) return
    this.#onLoss(this.#step, this.#losses.reduce((sum, one) => sum + one, 0) / this.#losses.length)
    this.#losses = []
  }
}

async function saveNew(model: Decoder | Encoder, folder: string, writeTokenizer: (to: string) => Promise<void>) {
  await using made = model
  await made.save(folder, { dtype: 'f32' })
  await writeTokenizer(folder)
}
