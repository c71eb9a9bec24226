// The tensors of an encoder: the engine's slots, their shapes, and what files call them.
import type { EncoderSpec } from './encoder-spec.js'
import { moduleWeights, type Weight } from './weight-names.js'

/** A family's modules, by the slots that they fill. */
export interface EncoderModules {
  readonly embedding: string
  readonly positions: string
  readonly types: string
  readonly embeddingNorm: string
  /** Before the number of a block. */
  readonly layers: string
  /** Within a block. */
  readonly block: Readonly<Record<BlockSlot, string>>
  readonly pooler: string
  readonly maskedLmDense: string
  readonly maskedLmNorm: string
  /** Of which there is a bias of its own, and the tied matrix `decoder`. */
  readonly maskedLmHead: string
}

type BlockSlot = 'query' | 'key' | 'value' | 'output' | 'attentionNorm' | 'up' | 'down' | 'mlpNorm'

/**
 * The tensors of an encoder of this spec, from the embedding up.
 * @param prefix before the names of all that is no head
 */
export function encoderWeights(spec: EncoderSpec, modules: EncoderModules, prefix: string): Weight[] {
  const { hiddenSize: hidden, pooler } = spec
  const table = (slot: 'embedding' | 'positions' | 'types', rows: number) =>
    moduleWeights(slot, prefix + modules[slot], { shape: [rows, hidden], bias: false })
  const embedding = table('embedding', spec.vocabSize).map(weight =>
    spec.maskedLmHead ? { ...weight, copy: `${modules.maskedLmHead}.decoder.weight` } : weight,
  )
  return [
    ...embedding,
    ...table('positions', spec.maxPositions),
    ...(spec.typeCount > 0 ? table('types', spec.typeCount) : []),
    ...moduleWeights('embeddingNorm', prefix + modules.embeddingNorm, { shape: [hidden], bias: true }),
    ...Array.from({ length: spec.layers }, (_, layer) =>
      blockWeights(spec, `layers.${layer}`, { modules, within: `${prefix}${modules.layers}.${layer}` }),
    ).flat(),
    ...(pooler
      ? moduleWeights('pooler', prefix + modules.pooler, { shape: [pooler.outputs, hidden], bias: pooler.bias })
      : []),
    ...(spec.maskedLmHead ? maskedLmWeights(spec, modules) : []),
  ]
}

function blockWeights(
  { hiddenSize: hidden, intermediateSize: inner, heads, headDim }: EncoderSpec,
  layer: string,
  { modules, within }: { modules: EncoderModules; within: string },
): Weight[] {
  const attended = heads * headDim
  const shapes: Readonly<Record<BlockSlot, readonly number[]>> = {
    query: [attended, hidden],
    key: [attended, hidden],
    value: [attended, hidden],
    output: [hidden, attended],
    attentionNorm: [hidden],
    up: [inner, hidden],
    down: [hidden, inner],
    mlpNorm: [hidden],
  }
  return (Object.keys(shapes) as BlockSlot[]).flatMap(slot =>
    moduleWeights(`${layer}.${slot}`, `${within}.${modules.block[slot]}`, { shape: shapes[slot], bias: true }),
  )
}

function maskedLmWeights({ hiddenSize: hidden, vocabSize }: EncoderSpec, modules: EncoderModules): Weight[] {
  const head = modules.maskedLmHead
  return [
    ...moduleWeights('maskedLmDense', modules.maskedLmDense, { shape: [hidden, hidden], bias: true }),
    ...moduleWeights('maskedLmNorm', modules.maskedLmNorm, { shape: [hidden], bias: true }),
    { slot: 'maskedLmHead.bias', name: `${head}.bias`, shape: [vocabSize], copy: `${head}.decoder.bias` },
  ]
}
