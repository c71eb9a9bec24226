// The slots of the engine, and what files call the tensors that fill them.
import { XlingError } from '../binding/errors.js'
import type { DecoderSpec } from './decoder-spec.js'

/** A tensor of a model. */
export interface Weight {
  /** In the engine: `embedding`, `layers.3.query`, `layers.3.query.bias`, `norm`, `head`. */
  readonly slot: string
  /** In Hugging Face files `model.layers.3.self_attn.q_proj.weight`, in GGUF `blk.3.attn_q.weight`. */
  readonly name: string
  /** Matrices are [outputs, inputs]. */
  readonly shape: readonly number[]
  /** What it is also called where it is tied: a file has it under either name, or under both. */
  readonly copy?: string
}

/** What stands in a file's names for parts of ours, in the order in which it is put there. */
export type Spelling = readonly (readonly [part: RegExp, inFile: string])[]

/** Of a model of text alone: whole, and saved without its head. */
export const textSpellings: readonly Spelling[] = [[], [[/^model\./, '']]]

/** A name of {@link Weight} as a file spells it. */
export function spelled(name: string, spelling: Spelling): string {
  return spelling.reduce((so, [part, inFile]) => so.replace(part, inFile), name)
}

/** The slots of a decoder's block. */
export type LayerSlot =
  | 'attentionNorm'
  | 'query'
  | 'key'
  | 'value'
  | 'output'
  | 'queryNorm'
  | 'keyNorm'
  | 'attentionAfterNorm'
  | 'mlpNorm'
  | 'gate'
  | 'up'
  | 'down'
  | 'mlpAfterNorm'

/** A family's modules within a block; what its specs never have is left out. */
export type LayerModules = Readonly<Partial<Record<LayerSlot, string>>>

/** What a format calls the parts that every decoder has. */
export interface Frame {
  readonly embedding: string
  /** Before the number of a block. */
  readonly layers: string
  readonly norm: string
  readonly head: string
}

export const huggingFaceFrame: Frame = {
  embedding: 'model.embed_tokens',
  layers: 'model.layers',
  norm: 'model.norm',
  head: 'lm_head',
}

/** The tensors of a decoder of this spec, from the embedding up. */
export function decoderWeights(spec: DecoderSpec, modules: LayerModules, frame = huggingFaceFrame): Weight[] {
  const { vocabSize, hiddenSize } = spec
  const slots = slotsOf(spec)
  const head = `${frame.head}.weight`
  const embedding = { slot: 'embedding', name: `${frame.embedding}.weight`, shape: [vocabSize, hiddenSize] }
  return [
    spec.tiedHead ? { ...embedding, copy: head } : embedding,
    ...spec.layers.flatMap((_, layer) =>
      slots.flatMap(slot => layerWeights(`layers.${layer}`, slot, { modules, within: `${frame.layers}.${layer}` })),
    ),
    { slot: 'norm', name: `${frame.norm}.weight`, shape: [hiddenSize] },
    ...(spec.tiedHead ? [] : [{ slot: 'head', name: head, shape: [vocabSize, hiddenSize] }]),
  ]
}

interface Slot {
  readonly slot: LayerSlot
  readonly shape: readonly number[]
  readonly bias?: boolean
}

function slotsOf(spec: DecoderSpec): Slot[] {
  const { hiddenSize: hidden, intermediateSize: inner, queryKeyValueBias, outputBias, mlpBias } = spec
  const queries = spec.heads * spec.headDim
  const keys = spec.keyValueHeads * spec.headDim
  const where = (has: boolean, ...slots: Slot[]) => (has ? slots : [])
  return [
    { slot: 'attentionNorm', shape: [hidden] },
    { slot: 'query', shape: [queries, hidden], bias: queryKeyValueBias },
    { slot: 'key', shape: [keys, hidden], bias: queryKeyValueBias },
    { slot: 'value', shape: [keys, hidden], bias: queryKeyValueBias },
    { slot: 'output', shape: [hidden, queries], bias: outputBias },
    ...where(
      spec.queryKeyNorm,
      { slot: 'queryNorm', shape: [spec.headDim] },
      { slot: 'keyNorm', shape: [spec.headDim] },
    ),
    ...where(spec.afterNorms, { slot: 'attentionAfterNorm', shape: [hidden] }),
    { slot: 'mlpNorm', shape: [hidden] },
    { slot: 'gate', shape: [inner, hidden], bias: mlpBias },
    { slot: 'up', shape: [inner, hidden], bias: mlpBias },
    { slot: 'down', shape: [hidden, inner], bias: mlpBias },
    ...where(spec.afterNorms, { slot: 'mlpAfterNorm', shape: [hidden] }),
  ]
}

function layerWeights(
  layer: string,
  { slot, shape, bias }: Slot,
  { modules, within }: { modules: LayerModules; within: string },
): Weight[] {
  const module = modules[slot]
  if (module === undefined) throw new XlingError('ERR_INTERNAL', `this architecture has no name for the slot ${slot}`)
  return moduleWeights(`${layer}.${slot}`, `${within}.${module}`, { shape, bias: bias ?? false })
}

/** A module's weight and, where it has one, its bias: a number for each of the weight's rows, in the slot's `.bias`. */
export function moduleWeights(
  slot: string,
  module: string,
  { shape, bias }: { shape: readonly number[]; bias: boolean },
): Weight[] {
  const weight = { slot, name: `${module}.weight`, shape }
  return bias ? [weight, { slot: `${slot}.bias`, name: `${module}.bias`, shape: shape.slice(0, 1) }] : [weight]
}
