// The parts of @huggingface/tokenizers that are used, and how its errors become ours.
import { createRequire } from 'node:module'
import { XlingError } from '../binding/errors.js'
import { invalidTokenizer } from './json-fields.js'

/** A model; called with words, it gives their tokens. */
export interface LibraryModel {
  (words: readonly string[]): string[]
  readonly tokens_to_ids: Map<string, number>
  readonly vocab: (string | undefined)[]
  readonly unk_token_id?: number | undefined
  /** Of BPE: ranks of merges, by their two tokens as JSON. */
  readonly bpe_ranks?: Map<string, number>
  /** Of Unigram: the pieces that text can become. */
  readonly trie?: { readonly root: TrieNode }
}

interface TrieNode {
  is_leaf: boolean
  readonly children: ReadonlyMap<string, TrieNode>
}

interface Library {
  Tokenizer: new (tokenizer: object, config: object) => { readonly model: LibraryModel }
  SequenceNormalizer: new (config: { normalizers: readonly object[] }) => { normalize(text: string): string }
  SequencePreTokenizer: new (config: {
    pretokenizers: readonly object[]
  }) => { pre_tokenize_text(text: string, options: { section_index: number }): string[] }
  SequencePostProcessor: new (config: {
    processors: readonly object[]
  }) => { post_process(tokens: readonly string[], pair: null, special: boolean): { tokens: unknown[] } }
  SequenceDecoder: new (config: {
    decoders: readonly object[]
  }) => { decoders: { text_decoder?: object }[]; decode_chain(tokens: readonly string[]): string[] }
}

// Required rather than imported: its type declarations import each other without extensions, which nodenext refuses.
export const library = createRequire(import.meta.url)('@huggingface/tokenizers') as Library

/** What `make` gives; what the library throws at a declaration that it cannot use is `ERR_INVALID_TOKENIZER`. */
export function made<Part>(where: string, make: () => Part): Part {
  try {
    return make()
  } catch (cause) {
    if (cause instanceof XlingError) throw cause
    throw invalidTokenizer(where, `cannot be used (${(cause as Error).message})`, cause)
  }
}
