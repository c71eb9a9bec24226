// The vocabulary in a GGUF file's metadata, as the files of an HF folder would have it.
import type { GgufMetadata } from '../../files/gguf-metadata.js'
import type { JsonObject } from '../json-fields.js'
import type { TokenizerSources } from '../sources.js'
import { addedTokenList } from './added-tokens.js'
import { byteLevel } from './byte-level.js'
import { type Frame, postProcessorOf, readFrame } from './frame.js'
import type { VocabularyParts } from './kind.js'
import { sentencePiece } from './sentencepiece.js'
import { endIds } from './special-ids.js'
import { invalidKey, missingKey } from './vocabulary.js'

const kindKey = 'tokenizer.ggml.model'

const kinds: ReadonlyMap<string, (metadata: GgufMetadata) => VocabularyParts> = new Map([
  ['gpt2', byteLevel],
  ['llama', sentencePiece],
])

function partsOf(metadata: GgufMetadata): VocabularyParts {
  const name = metadata.string(kindKey)
  if (name === undefined) throw missingKey(metadata.file, kindKey)
  const kind = kinds.get(name)
  if (kind) return kind(metadata)
  const names = 'gpt2 (byte-level BPE), llama (SentencePiece)'
  throw invalidKey(metadata.file, kindKey, `xling reads no vocabulary of the kind '${name}'; it reads ${names}`)
}

function tokenizerJson(parts: VocabularyParts, frame: Frame, ends: readonly number[]): JsonObject {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: addedTokenList(parts.vocabulary, ends, parts.found),
    normalizer: parts.normalizer,
    pre_tokenizer: parts.preTokenizer,
    post_processor: postProcessorOf(frame),
    decoder: parts.decoder,
    model: parts.model,
  }
}

// The class is the one that takes tokenizer.json as it is: a model's own would build another tokenizer from the vocabulary.
function tokenizerConfig({ vocabulary, roles }: VocabularyParts, { bos, eos }: Frame): JsonObject {
  const names = Object.entries(roles).map(([role, id]) => [`${role}_token`, vocabulary.tokens[id]])
  return {
    ...Object.fromEntries(names),
    add_bos_token: bos !== undefined,
    add_eos_token: eos !== undefined,
    clean_up_tokenization_spaces: false,
    model_input_names: ['input_ids', 'attention_mask'],
    tokenizer_class: 'PreTrainedTokenizerFast',
  }
}

/**
 * What a tokenizer is made from, of a GGUF file: a whole tokenizer.json and tokenizer_config.json, which Python loads as
 * they are, the ids that end a sequence, and the chat template. Vocabularies are byte-level BPE or SentencePiece's.
 * @throws XlingError `ERR_INVALID_TOKENIZER` for a vocabulary that is incomplete, contradicts itself or is of a kind
 * that xling does not read, `ERR_MALFORMED_FILE` for a key of another type
 */
export function ggufTokenizerSources(metadata: GgufMetadata): TokenizerSources {
  const parts = partsOf(metadata)
  const { vocabulary, roles } = parts
  const frame = readFrame(metadata, vocabulary, roles, { bos: parts.addsBos, eos: false })
  const ends = endIds(metadata, vocabulary, roles)
  const chatTemplate = metadata.string('tokenizer.chat_template')
  return {
    from: metadata.file,
    tokenizer: tokenizerJson(parts, frame, ends),
    config: tokenizerConfig(parts, frame),
    ...(ends.length > 0 && { generationConfig: { eos_token_id: ends } }),
    ...(chatTemplate !== undefined && { chatTemplate }),
  }
}
