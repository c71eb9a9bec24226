import { XlingError } from '../binding/errors.js'
import { settle } from '../binding/job.js'
import { native } from '../binding/load.js'
import type { NativeContext, NativeModel } from '../binding/native-types.js'
import { checkChoice, checkOptions, checkSeed } from '../binding/options.js'
import type { JsonObject } from '../files/json-object.js'
import { endIds } from '../tokenizer/special-tokens.js'
import type { Adapter } from './adapter.js'
import type { AdapterSum } from './adapter-sum.js'
import { architectureOf } from './architectures/index.js'
import { Config } from './config.js'
import type { DecoderSpec } from './decoder-spec.js'
import { type DecoderWork, type Estimate, estimate } from './estimate.js'
import { filledModel } from './filled-model.js'
import { type Generated, type GeneratedDelta, generation } from './generate/generation.js'
import { completed, type GenerateOptions, type Prompt, readRequest } from './generate/options.js'
import { greedy, type Sampling, samplingRanges } from './generate/sampling.js'
import { Model, type ModelParts } from './model.js'
import { type OpenedModel, openModel } from './opened-model.js'
import { type SavedDtype, saveModel } from './save-model.js'
import { type Trainable, trainableSlots } from './trainable.js'
import { type AccumulateOptions, learningOptions } from './training/accumulate-options.js'
import { type LabelledBatch, labelledBatch } from './training/batch.js'

/** Storages that {@link Decoder.load} can quantise the linear layers to; the embedding and the head stay as they are. */
export type QuantizedStorage = 'nf4' | 'nf4d' | 'q8_0' | 'q4_0'

export interface DecoderLoadOptions {
  /** `'auto'` (default: the best there is, why in `device.why`), `'cpu'` or `'cuda'` (never falls back). */
  device?: 'auto' | 'cpu' | 'cuda'
  /** Storage of the linear layers' weights; default: as the files have them. */
  quantize?: QuantizedStorage
  /**
   * `'adapters'` (default) freezes the weights; `'all'`, or a regular expression for some by their names in Hugging
   * Face's files, widens them to f32, so that they can train.
   */
  trainable?: Trainable
  signal?: AbortSignal
}

/** What a model is but for its weights; `from` is missing where it was made from nothing. */
type Origin = Pick<OpenedModel, 'architecture' | 'config' | 'spec'> &
  Partial<Pick<OpenedModel, 'from' | 'tokenizer' | 'companions' | 'sampling'>>

/** A decoder-only language model on a device. */
export class Decoder extends Model {
  readonly #parts: Origin

  private constructor(origin: Origin, parts: Pick<ModelParts, 'context' | 'model' | 'trainable' | 'source'>) {
    const { architecture, spec, from, tokenizer } = origin
    const weights = architecture.weights(spec)
    super({
      ...parts,
      kind: 'Decoder',
      names: architecture,
      weights,
      sizes: sizesOf(spec),
      finalNorm: 'norm',
      adapterSpelling: [],
      from,
      tokenizer,
    })
    this.#parts = origin
  }

  /**
   * Loads a model.
   * @param source a folder in Hugging Face's layout, a .gguf file, or a hub id, `owner/name` or `owner/name@revision`
   * @throws XlingError `ERR_FILE_NOT_FOUND`, `ERR_MALFORMED_FILE`, `ERR_UNSUPPORTED_FILE`, `ERR_INVALID_CONFIG`,
   * `ERR_UNKNOWN_ARCHITECTURE`, `ERR_WEIGHTS_MISMATCH`, `ERR_HUB_…`, `ERR_OUT_OF_MEMORY`
   */
  static async load(source: string, options: DecoderLoadOptions = {}): Promise<Decoder> {
    checkOptions('Decoder.load', options, ['device', 'quantize', 'trainable', 'signal'])
    const { quantize, trainable = 'adapters', signal } = options
    checkChoice('Decoder.load: quantize', quantize, ['nf4', 'nf4d', 'q8_0', 'q4_0', undefined])
    if (quantize && trainable === 'all')
      throw new XlingError(
        'ERR_INVALID_ARGUMENT',
        "Decoder.load: quantised weights cannot train; leave out quantize, or trainable: 'all'",
      )
    const opened = await openModel(source, signal)
    const { architecture, spec, weights } = opened
    const training = trainableSlots('Decoder.load', trainable, architecture.weights(spec))
    const fillings = opened.fillings.map(filling => ({ ...filling, trains: training.has(filling.slot) }))
    return Decoder.#make(opened, { ...options, source, training }, model =>
      native.fillModel(model, weights, fillings, quantize),
    )
  }

  /**
   * A model with random weights, f32 and trainable: matrices normal around 0 with `initializer_range` (default 0.02)
   * as standard deviation, gains 1, biases 0. It has no tokenizer.
   * @param config as a config.json has it, with a `model_type` that xling knows
   * @param options.seed a whole number, 0 or more
   * @throws XlingError `ERR_INVALID_CONFIG`, `ERR_UNKNOWN_ARCHITECTURE`, `ERR_OUT_OF_MEMORY`
   */
  static async create(
    config: object,
    options: { seed: number; device?: 'auto' | 'cpu' | 'cuda'; signal?: AbortSignal },
  ): Promise<Decoder> {
    checkOptions('Decoder.create', options, ['seed', 'device', 'signal'])
    const { seed } = options
    checkSeed('Decoder.create', seed)
    const architecture = architectureOf(config)
    const spec = architecture.spec(config)
    const deviation = new Config(config).number('initializer_range', { min: 1e-6, max: 10, or: 0.02 })
    const copy = structuredClone(config)
    const training = trainableSlots('Decoder.create', 'all', architecture.weights(spec))
    return Decoder.#make({ architecture, config: copy, spec }, { ...options, training }, model =>
      native.initModel(model, seed, deviation),
    )
  }

  static async #make(
    origin: Origin,
    options: Pick<DecoderLoadOptions, 'device' | 'signal'> & { training: Set<string>; source?: string },
    fill: (model: NativeModel) => ReturnType<typeof native.fillModel>,
  ): Promise<Decoder> {
    const { training: trainable, source, device, signal } = options
    const create = (context: NativeContext) => native.createDecoder(context, origin.spec)
    const made = await filledModel({ device, signal }, create, fill)
    return new Decoder(origin, { ...made, trainable, source })
  }

  /**
   * Logits of the token after each of some tokens of one row, `[rows, V]`, row-major f32.
   * @param options.rows their places in `ids`, or `'last'` (default)
   * @throws XlingError `ERR_INVALID_ARGUMENT`, also if the result would be over 1 GiB
   */
  async logits(
    ids: Int32Array,
    options: { rows?: 'last' | Int32Array; adapter?: Adapter; signal?: AbortSignal } = {},
  ): Promise<Float32Array> {
    checkOptions('Decoder.logits', options, ['rows', 'adapter', 'signal'])
    const { rows = 'last', signal } = options
    const adapter = this.adapterHandle('Decoder.logits: adapter', options.adapter)
    if (rows !== 'last' && !(rows instanceof Int32Array))
      throw new XlingError('ERR_INVALID_ARGUMENT', "Decoder.logits: rows must be 'last' or an Int32Array")
    const places = rows === 'last' ? Int32Array.from(ids.length > 0 ? [ids.length - 1] : []) : rows
    const bytes = 4 * places.length * this.#parts.spec.vocabSize
    if (bytes > 2 ** 30)
      throw new XlingError(
        'ERR_INVALID_ARGUMENT',
        `Decoder.logits: ${places.length} rows are ${bytes} bytes, over 1 GiB; ask for fewer rows at a time`,
      )
    return settle(() => native.logits(this.handle(), ids, places, adapter), signal)
  }

  /**
   * Mean of -log p(label) over the labelled tokens of one row. Labels are aligned with ids: the one at t is guessed from
   * t - 1, so the first is ignored; -100 is no label.
   * @throws XlingError `ERR_NO_LABELS`, `ERR_INVALID_ARGUMENT`, `ERR_INVALID_SHAPE`
   */
  async loss(
    ids: Int32Array,
    labels: Int32Array,
    options: { adapter?: Adapter; signal?: AbortSignal } = {},
  ): Promise<number> {
    checkOptions('Decoder.loss', options, ['adapter', 'signal'])
    const adapter = this.adapterHandle('Decoder.loss: adapter', options.adapter)
    const { sum, count } = await settle(() => native.loss(this.handle(), ids, labels, adapter), options.signal)
    return sum / count
  }

  /**
   * Adds the gradient of the loss summed over this batch's labels to what was accumulated before: of the adapter's
   * factors, or of the model's own weights that train where no row has an adapter.
   * @returns the mean over the batch's labels, and how many there are
   * @throws XlingError `ERR_NO_LABELS`, `ERR_INVALID_ARGUMENT`, `ERR_INVALID_SHAPE`, `ERR_UNKNOWN_OPTION`,
   * `ERR_OUT_OF_MEMORY`; once it runs, an abort forgets all that was accumulated, as `zeroGrad()` does
   */
  async accumulate(batch: LabelledBatch, options: AccumulateOptions): Promise<{ loss: number; count: number }> {
    const { settings, signal } = learningOptions(options)
    checkChoice('accumulate: objective', options.objective, ['sft'])
    const rows = labelledBatch(this.handle(), batch, options.adapter)
    const known = this.liveHandles()
    const { sum, count } = await settle(
      () => native.accumulate(this.handle(), rows, { objective: 'sft', ...settings }, known),
      signal,
    )
    return { loss: sum / count, count }
  }

  /**
   * Continues prompts, several at once; a row's result does not depend on what is continued beside it, but on its
   * prompt, its key (default: its index) and the seed. Nothing runs until the first is asked for, nor while nobody asks;
   * leaving the loop ends the work.
   * @param prompts text, to which special tokens are added and in which none is parsed, or ids as they are
   * @returns each row when it ends, and with `stream` its text as it grows
   * @throws XlingError at once `ERR_UNKNOWN_OPTION`, `ERR_INVALID_ARGUMENT`, `ERR_PROMPT_TOO_LONG`,
   * `ERR_INVALID_TOKENIZER`, `ERR_DISPOSED`; while it runs `ERR_OUT_OF_MEMORY`, `ERR_NON_FINITE`, `ERR_DISPOSED` for an
   * adapter that went
   */
  generate(prompts: readonly Prompt[], options?: GenerateOptions & { stream?: false }): AsyncGenerator<Generated, void>
  generate(prompts: readonly Prompt[], options: GenerateOptions): AsyncGenerator<Generated | GeneratedDelta, void>
  generate(
    prompts: readonly Prompt[],
    options: GenerateOptions = {},
  ): AsyncGenerator<Generated | GeneratedDelta, void> {
    const model = this.handle()
    const { config, from = 'the configuration', spec, tokenizer } = this.#parts
    const request = readRequest(prompts, options, {
      sampling: this.sampling(),
      endIds: tokenizer?.().eosIds ?? endIds({ from, modelConfig: config as JsonObject }),
      maxPositions: spec.maxPositions,
      tokenizer: () => this.tokenizer,
      adapter: (where, given) => this.adapterHandle(where, given),
    })
    return generation(model, tokenizer?.(), request)
  }

  /**
   * How {@link generate} draws tokens: the model's own settings, of generation_config.json or a GGUF file's keys, and
   * greedy without either, but for those that are given.
   * @throws XlingError `ERR_INVALID_ARGUMENT`, `ERR_UNKNOWN_OPTION`
   */
  sampling(given: Partial<Sampling> = {}): Sampling {
    checkOptions('Decoder.sampling', given, Object.keys(samplingRanges))
    return completed(given, this.#parts.sampling ?? greedy)
  }

  /** What one call would take on the device, without running it; what `generate` takes is at most that. */
  estimate(work: DecoderWork): Estimate {
    return estimate(this.handle(), this.#parts.spec, work, config => this.sitesOf(config))
  }

  /**
   * Writes a folder in Hugging Face's layout: config.json, safetensors (in shards of 5 GB), and the tokenizer's files,
   * as they came or as a GGUF file's vocabulary makes them. Quantised weights are widened.
   * @param options.dtype `'bf16'` (default), `'f16'` or `'f32'`
   * @param options.merge an adapter, or adapters with their weights, that become part of the written weights, rounded once;
   * the model itself does not change
   * @throws XlingError `ERR_DISK_FULL`, `ERR_FILE_FAILED`; `ERR_ALREADY_MERGED` and `ERR_NON_FINITE` of what is to be merged;
   * what was written until then does not load
   */
  async save(
    folder: string,
    options: { dtype?: SavedDtype; merge?: AdapterSum; signal?: AbortSignal } = {},
  ): Promise<void> {
    checkOptions('Decoder.save', options, ['dtype', 'merge', 'signal'])
    const { dtype = 'bf16', signal } = options
    const { architecture, config, spec, companions = () => async () => {} } = this.#parts
    const weights = architecture.weights(spec)
    const merge = this.mergeTerms('Decoder.save', options.merge)
    await saveModel(
      this.handle(),
      { folder, weights, config: architecture.ownConfig(config), companions },
      { dtype, merge, signal },
    )
  }
}

/** What bases of one shape have in common. */
function sizesOf(spec: DecoderSpec): Record<string, number> {
  const { vocabSize, hiddenSize, intermediateSize, heads, keyValueHeads, headDim, layers } = spec
  return { layers: layers.length, vocabSize, hiddenSize, intermediateSize, heads, keyValueHeads, headDim }
}
