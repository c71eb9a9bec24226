// Byte-level BPE (GPT-2, Llama 3, Qwen 2, SmolLM2): tokens are written in 256 characters that stand for bytes.
import type { GgufMetadata } from '../../files/gguf-metadata.js'
import type { VocabularyParts } from './kind.js'
import { mergesKey, readMerges } from './merges.js'
import { bytePreTokenizers } from './pre-tokenizers.js'
import { roleIds } from './special-ids.js'
import { invalidKey, missingKey, readVocabulary, vocabularyObject } from './vocabulary.js'

const preKey = 'tokenizer.ggml.pre'

function preTokenizerOf(metadata: GgufMetadata) {
  const name = metadata.string(preKey) ?? 'default'
  const found = bytePreTokenizers.get(name)
  if (found) return found
  const names = [...bytePreTokenizers.keys()].join(', ')
  throw invalidKey(
    metadata.file,
    preKey,
    `xling has no pre-tokenizer '${name}'; it has ${names}; load the model's HF folder instead`,
  )
}

export function byteLevel(metadata: GgufMetadata): VocabularyParts {
  const pre = preTokenizerOf(metadata)
  const vocabulary = readVocabulary(metadata)
  const merges = readMerges(metadata, vocabulary)
  if (!merges) throw missingKey(metadata.file, mergesKey)
  const roles = roleIds(metadata, vocabulary)
  return {
    vocabulary,
    roles,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: pre.ignoreMerges,
      vocab: vocabularyObject(vocabulary, Object.values(roles)),
      merges,
    },
    normalizer: pre.normalizer,
    preTokenizer: pre.preTokenizer,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    addsBos: pre.addsBos,
    found: () => true,
  }
}
