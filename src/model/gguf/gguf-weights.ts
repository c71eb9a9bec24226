// The tensors of a GGUF file that fill a decoder's slots, and what is done to each to bring it to Hugging Face's meaning.
import type { NativeFilling } from '../../binding/native-types.js'
import type { DecoderSpec } from '../decoder-spec.js'
import { resolveWeights, type WeightNames } from '../resolve-weights.js'
import { decoderWeights, type Frame, type LayerModules } from '../weight-names.js'
import type { GgufForm } from './gguf-form.js'

export const ggufFrame: Frame = { embedding: 'token_embd', layers: 'blk', norm: 'output_norm', head: 'output' }

/** What files call the modules of a block, whatever the family. */
export const blockModules: LayerModules = {
  attentionNorm: 'attn_norm',
  query: 'attn_q',
  key: 'attn_k',
  value: 'attn_v',
  output: 'attn_output',
  mlpNorm: 'ffn_norm',
  gate: 'ffn_gate',
  up: 'ffn_up',
  down: 'ffn_down',
}

/** @throws XlingError `ERR_WEIGHTS_MISMATCH` */
export function ggufFillings(form: GgufForm, spec: DecoderSpec, tensors: Iterable<string>): NativeFilling[] {
  const names: WeightNames<DecoderSpec> = {
    weights: of => decoderWeights(of, form.modules, ggufFrame),
    spellings: [[]],
    isForeign: tensor => tensor.startsWith('rope_freqs.'),
  }
  const found = resolveWeights(names, spec, tensors)
  return [...found].map(([slot, tensor]) => ({
    slot,
    tensor,
    // Files have the gains that multiply; a spec's offset is added to what its slots have.
    shift: isNorm(slot) ? -spec.normOffset : 0,
    pairedHeads: form.pairedHeads ? headsOf(slot, spec) : 0,
  }))
}

const isNorm = (slot: string) => /norm$/i.test(slot)

function headsOf(slot: string, spec: DecoderSpec): number {
  if (/\.query(\.bias)?$/.test(slot)) return spec.heads
  return /\.key(\.bias)?$/.test(slot) ? spec.keyValueHeads : 0
}
