import { XlingError } from '../binding/errors.js'
import { settle } from '../binding/job.js'
import { native } from '../binding/load.js'
import type { NativeContext, NativeModel } from '../binding/native-types.js'
import { checkChoice, checkOptions, checkSeed } from '../binding/options.js'
import type { PackedIds } from '../tokenizer/packed.js'
import type { Adapter } from './adapter.js'
import type { AdapterSum } from './adapter-sum.js'
import { encoderArchitectureOf } from './architectures/index.js'
import { Config } from './config.js'
import { checkTexts, encodeTexts, normalizeRows } from './encode-texts.js'
import { type EncoderWork, estimateEncoder } from './encoder-estimate.js'
import type { EncoderSpec } from './encoder-spec.js'
import type { Estimate } from './estimate.js'
import { filledModel } from './filled-model.js'
import { Model, type ModelParts } from './model.js'
import { type OpenedEncoder, openEncoder } from './opened-encoder.js'
import { type SavedDtype, saveModel } from './save-model.js'
import { saveSentences } from './sentence-transformers/save-sentences.js'
import type { SentencePooling, SentenceSetup } from './sentence-transformers/setup.js'
import { withLayerOutputs } from './sentence-transformers/write.js'
import { sentenceVector, vectorWidth } from './sentence-vector.js'
import { type Trainable, trainableSlots } from './trainable.js'
import {
  type ContrastiveOptions,
  contrastiveSettings,
  learningOptions,
  type MaskedLmOptions,
} from './training/accumulate-options.js'
import { type ContrastiveBatch, contrastiveBatch, type LabelledBatch, labelledBatch } from './training/batch.js'

export interface EncoderLoadOptions {
  /** Default: the folder's, `'mean'` where it says nothing. */
  pooling?: SentencePooling
  /** Whether `encode` scales vectors to length 1; default: as the folder says, false where it says nothing. */
  normalize?: boolean
  /** `'auto'` (default: the best there is, why in `device.why`), `'cpu'` or `'cuda'` (never falls back). */
  device?: 'auto' | 'cpu' | 'cuda'
  /** `'all'` (default), `'adapters'`, or a regular expression for some by their names in Hugging Face's files. */
  trainable?: Trainable
  signal?: AbortSignal
}

export interface EncodeOptions {
  /** Texts that go through the engine at once, at most; it changes no result. Default 256. */
  batchSize?: number
  /** Text that is put before each. */
  prompt?: string
  /** Or one of the folder's, by its name; default: the one it names. */
  promptName?: string
  /** Default: the encoder's. */
  normalize?: boolean
  /** Longer texts are cut, special tokens counted; default: the folder's. */
  maxTokens?: number
  /** That the texts go through. */
  adapter?: Adapter
  signal?: AbortSignal
}

/** What an encoder is but for its weights; `from` is missing where it was made from nothing. */
type Origin = Pick<OpenedEncoder, 'architecture' | 'config' | 'spec' | 'sentences'> &
  Partial<Pick<OpenedEncoder, 'from' | 'tokenizer' | 'companions'>>

/** A bidirectional encoder on a device, which makes vectors of sentences. */
export class Encoder extends Model {
  readonly #parts: Origin

  private constructor(origin: Origin, parts: Pick<ModelParts, 'context' | 'model' | 'trainable' | 'source'>) {
    const { architecture, spec, from, tokenizer } = origin
    const weights = architecture.weights(spec)
    super({
      ...parts,
      kind: 'Encoder',
      names: architecture,
      // Bare, as those of the model that sentence-transformers loads, which has no heads.
      adapterSpelling: architecture.spellings[0] ?? [],
      weights,
      sizes: sizesOf(spec),
      finalNorm: `layers.${spec.layers - 1}.mlpNorm`,
      from,
      tokenizer,
    })
    this.#parts = origin
  }

  /**
   * Loads an encoder.
   * @param source a folder of sentence-transformers or in Hugging Face's layout, or a hub id, `owner/name` or
   * `owner/name@revision`
   * @throws XlingError `ERR_FILE_NOT_FOUND`, `ERR_MALFORMED_FILE`, `ERR_UNSUPPORTED_FILE`, `ERR_INVALID_CONFIG`,
   * `ERR_UNKNOWN_ARCHITECTURE`, `ERR_WEIGHTS_MISMATCH`, `ERR_HUB_…`, `ERR_OUT_OF_MEMORY`; `ERR_INVALID_ARGUMENT` also for
   * `'cls'` where the files have no pooler
   */
  static async load(source: string, options: EncoderLoadOptions = {}): Promise<Encoder> {
    checkOptions('Encoder.load', options, ['pooling', 'normalize', 'device', 'trainable', 'signal'])
    const { trainable = 'all', signal } = options
    const opened = await openEncoder(source, signal)
    const { architecture, spec, weights } = opened
    const sentences = chosen('Encoder.load', opened.sentences, spec, options)
    const training = trainableSlots('Encoder.load', trainable, architecture.weights(spec))
    const fillings = opened.fillings.map(filling => ({ ...filling, trains: training.has(filling.slot) }))
    return Encoder.#make({ ...opened, sentences }, { ...options, source, training }, model =>
      native.fillModel(model, weights, fillings, undefined),
    )
  }

  /**
   * An encoder with random weights, f32 and trainable: matrices normal around 0 with `initializer_range` (default 0.02)
   * as standard deviation, gains 1, biases 0. It has no tokenizer. `architectures` of the configuration names its heads:
   * a pooler (`BertModel`), one that guesses masked tokens (`BertForMaskedLM`); both if it names none.
   * @param config as a config.json has it, with a `model_type` that xling knows
   * @param options.seed a whole number, 0 or more
   * @throws XlingError `ERR_INVALID_CONFIG`, `ERR_UNKNOWN_ARCHITECTURE`, `ERR_OUT_OF_MEMORY`, `ERR_INVALID_ARGUMENT`
   */
  static async create(
    config: object,
    options: { seed: number } & Pick<EncoderLoadOptions, 'pooling' | 'normalize' | 'device' | 'signal'>,
  ): Promise<Encoder> {
    checkOptions('Encoder.create', options, ['seed', 'pooling', 'normalize', 'device', 'signal'])
    const { seed } = options
    checkSeed('Encoder.create', seed)
    const architecture = encoderArchitectureOf(config)
    const spec = architecture.spec(config)
    const deviation = new Config(config).number('initializer_range', { min: 1e-6, max: 10, or: 0.02 })
    const plain: SentenceSetup = {
      pooling: 'mean',
      normalize: false,
      maxTokens: spec.maxPositions,
      prompts: {},
      defaultPrompt: undefined,
    }
    const sentences = chosen('Encoder.create', plain, spec, options)
    const training = trainableSlots('Encoder.create', 'all', architecture.weights(spec))
    const origin = { architecture, config: structuredClone(config), spec, sentences }
    return Encoder.#make(origin, { ...options, training }, model => native.initModel(model, seed, deviation))
  }

  static async #make(
    origin: Origin,
    options: Pick<EncoderLoadOptions, 'device' | 'signal'> & { training: Set<string>; source?: string },
    fill: (model: NativeModel) => ReturnType<typeof native.fillModel>,
  ): Promise<Encoder> {
    const { training: trainable, source, device, signal } = options
    const create = (context: NativeContext) => native.createEncoder(context, origin.spec)
    const made = await filledModel({ device, signal }, create, fill)
    return new Encoder(origin, { ...made, trainable, source })
  }

  /** Numbers of a sentence's vector. */
  get dimension(): number {
    return vectorWidth(this.#parts.spec, this.#vector('dimension', undefined))
  }

  /** Tokens of a text at most, special ones counted: longer texts are cut. */
  get maxTokens(): number {
    return this.#parts.sentences.maxTokens
  }

  /** The higher of the rates at which features and attention's probabilities are dropped in training, unless it is told. */
  get dropout(): number {
    const { dropout, attentionDropout } = this.#parts.spec
    return Math.max(dropout, attentionDropout)
  }

  get pooling(): SentencePooling {
    return this.#parts.sentences.pooling
  }

  /**
   * Vectors of texts, `[N, D]`, row-major, in the order of the texts. A text's vector does not depend on the others.
   * @throws XlingError `ERR_INVALID_ARGUMENT`, `ERR_UNKNOWN_OPTION`, `ERR_INVALID_TOKENIZER`, `ERR_OUT_OF_MEMORY`
   */
  async encode(texts: readonly string[], options: EncodeOptions = {}): Promise<Float32Array> {
    const where = 'Encoder.encode'
    const known = ['batchSize', 'prompt', 'promptName', 'normalize', 'maxTokens', 'adapter', 'signal']
    checkOptions(where, options, known)
    checkTexts(where, texts)
    const { sentences, spec } = this.#parts
    const {
      batchSize = 256,
      maxTokens = sentences.maxTokens,
      normalize = sentences.normalize,
      adapter,
      signal,
    } = options
    checkWhole(`${where}: batchSize`, batchSize, Number.MAX_SAFE_INTEGER)
    checkWhole(`${where}: maxTokens`, maxTokens, spec.maxPositions)
    const prompt = promptOf(where, sentences, options)
    const { tokenizer } = this
    return encodeTexts(
      texts.map(text => prompt + text),
      this.dimension,
      { tokenizer, maxTokens, batchSize },
      rows => this.embed(rows, { normalize, ...(adapter && { adapter }), ...(signal && { signal }) }),
    )
  }

  /**
   * Vectors of rows of ids, `[B, D]`, row-major. Ids are taken as they are: special tokens are the caller's to put.
   * @throws XlingError `ERR_INVALID_ARGUMENT`, `ERR_INVALID_SHAPE`, `ERR_UNKNOWN_OPTION`, `ERR_OUT_OF_MEMORY`
   */
  async embed(
    rows: PackedIds,
    options: { pooling?: SentencePooling; normalize?: boolean; adapter?: Adapter; signal?: AbortSignal } = {},
  ): Promise<Float32Array> {
    checkOptions('Encoder.embed', options, ['pooling', 'normalize', 'adapter', 'signal'])
    const { normalize = this.#parts.sentences.normalize, signal } = options
    const vector = this.#vector('Encoder.embed', options.pooling)
    const adapter = this.adapterHandle('Encoder.embed: adapter', options.adapter)
    const vectors = await settle(() => native.encode(this.handle(), rows, vector, adapter), signal)
    return normalize ? normalizeRows(vectors, vectorWidth(this.#parts.spec, vector)) : vectors
  }

  /**
   * Adds the gradient of the loss summed over this batch's anchors, or labels, to what was accumulated before: of the
   * adapter's factors, or of the model's own weights that train where no row has an adapter. What the objective does not
   * use (the pooler, the head that guesses) has no gradient, and `step()` leaves it as it is.
   * @returns the mean over the batch's anchors, or labels, and how many there are
   * @throws XlingError `ERR_NO_LABELS`, `ERR_INVALID_ARGUMENT`, `ERR_INVALID_SHAPE`, `ERR_UNKNOWN_OPTION`,
   * `ERR_OUT_OF_MEMORY`; once it runs, an abort forgets all that was accumulated, as `zeroGrad()` does
   */
  async accumulate(batch: ContrastiveBatch, options: ContrastiveOptions): Promise<{ loss: number; count: number }>
  async accumulate(batch: LabelledBatch, options: MaskedLmOptions): Promise<{ loss: number; count: number }>
  async accumulate(
    batch: ContrastiveBatch | LabelledBatch,
    options: ContrastiveOptions | MaskedLmOptions,
  ): Promise<{ loss: number; count: number }> {
    checkChoice('accumulate: objective', options?.objective, ['contrastive', 'masked-lm'])
    const work =
      options.objective === 'contrastive'
        ? this.#contrastive(batch as ContrastiveBatch, options)
        : this.#maskedLm(batch as LabelledBatch, options)
    const { rows, settings, signal } = work
    const known = this.liveHandles()
    const { sum, count } = await settle(() => native.accumulate(this.handle(), rows, settings, known), signal)
    return { loss: sum / count, count }
  }

  #contrastive(batch: ContrastiveBatch, options: ContrastiveOptions) {
    const { objective, adapter, pooling } = options
    const more = ['temperature', 'hardNegativeWeight', 'directions', 'pooling']
    const { settings, signal } = learningOptions(options, more)
    const { rows, anchors } = contrastiveBatch(this.handle(), batch, adapter)
    const contrastive = { anchors, ...contrastiveSettings(options) }
    const vector = this.#vector('accumulate', pooling)
    return { rows, settings: { ...settings, objective, vector, contrastive }, signal }
  }

  #maskedLm(batch: LabelledBatch, options: MaskedLmOptions) {
    const { objective, adapter } = options
    const { settings, signal } = learningOptions(options)
    if (!this.#parts.spec.maskedLmHead)
      throw new XlingError(
        'ERR_INVALID_ARGUMENT',
        "accumulate: objective is 'masked-lm', but this encoder's files have no head that guesses masked tokens",
      )
    return { rows: labelledBatch(this.handle(), batch, adapter), settings: { ...settings, objective }, signal }
  }

  /** What one call would take on the device, without running it. */
  estimate(work: EncoderWork = {}): Estimate {
    const whole = { ...work, pooling: work.pooling ?? this.pooling }
    return estimateEncoder(this.handle(), this.#parts.spec, whole, config => this.sitesOf(config))
  }

  /**
   * Writes a folder that sentence-transformers loads, with its weights in Hugging Face's layout (safetensors in shards of
   * 5 GB), the tokenizer's files as they came, and how vectors are pooled.
   * @param options.dtype `'f32'` (default), `'bf16'` or `'f16'`
   * @param options.merge an adapter, or adapters with their weights, that become part of the written weights, rounded once;
   * the model itself does not change
   * @throws XlingError `ERR_DISK_FULL`, `ERR_FILE_FAILED`; `ERR_ALREADY_MERGED` and `ERR_NON_FINITE` of what is to be merged;
   * what was written until then does not load
   */
  async save(
    folder: string,
    options: { dtype?: SavedDtype; merge?: AdapterSum; signal?: AbortSignal } = {},
  ): Promise<void> {
    checkOptions('Encoder.save', options, ['dtype', 'merge', 'signal'])
    const { dtype = 'f32', signal } = options
    const { architecture, config, spec, sentences, companions = () => async () => {} } = this.#parts
    const model = this.handle()
    const pooled = { setup: sentences, spec }
    const withSentences = () => {
      const put = companions()
      return async (to: string) => {
        await put(to)
        await saveSentences(to, pooled, (path, names) =>
          settle(() => native.saveModel(model, path, names, dtype), signal),
        )
      }
    }
    const weights = architecture.savedWeights(spec)
    const ownConfig = withLayerOutputs(architecture.ownConfig(config, spec), pooled)
    const saved = { folder, weights, config: ownConfig, companions: withSentences }
    const merge = this.mergeTerms('Encoder.save', options.merge)
    await saveModel(model, saved, { dtype, merge, signal })
  }

  #vector(where: string, pooling: SentencePooling | undefined) {
    return sentenceVector(where, pooling ?? this.pooling, this.#parts.spec)
  }
}

/** The folder's setup, but for what the caller says. */
function chosen(
  where: string,
  setup: SentenceSetup,
  spec: EncoderSpec,
  { pooling = setup.pooling, normalize = setup.normalize }: Pick<EncoderLoadOptions, 'pooling' | 'normalize'>,
): SentenceSetup {
  sentenceVector(where, pooling, spec)
  if (typeof normalize !== 'boolean')
    throw new XlingError('ERR_INVALID_ARGUMENT', `${where}: normalize is ${normalize} but must be true or false`)
  return { ...setup, pooling, normalize }
}

function promptOf(where: string, { prompts, defaultPrompt }: SentenceSetup, options: EncodeOptions): string {
  const { prompt, promptName = defaultPrompt } = options
  if (prompt !== undefined && options.promptName !== undefined)
    throw new XlingError('ERR_INVALID_ARGUMENT', `${where}: give prompt or promptName, not both`)
  if (prompt !== undefined) {
    if (typeof prompt === 'string') return prompt
    throw new XlingError('ERR_INVALID_ARGUMENT', `${where}: prompt must be a string`)
  }
  if (promptName === undefined) return ''
  const found = Object.hasOwn(prompts, promptName) ? prompts[promptName] : undefined
  if (found !== undefined) return found
  const names = Object.keys(prompts)
  throw new XlingError(
    'ERR_INVALID_ARGUMENT',
    `${where}: there is no prompt '${promptName}'; this encoder has ${names.length > 0 ? names.join(', ') : 'none'}`,
  )
}

function checkWhole(where: string, value: number, most: number): void {
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new XlingError('ERR_INVALID_ARGUMENT', `${where} is ${value} but must be a whole number from 1 to ${most}`)
}

/** What encoders of one shape have in common. */
function sizesOf(spec: EncoderSpec): Record<string, number> {
  const { vocabSize, hiddenSize, intermediateSize, heads, headDim, layers } = spec
  return { layers, vocabSize, hiddenSize, intermediateSize, heads, headDim }
}
