// SentencePiece's BPE (Llama 1 and 2, Gemma), in the form that it has in a tokenizer.json: BPE over characters with
// bytes for those it lacks, spaces written as marks, and a whole text as one word.
import type { GgufMetadata } from '../../files/gguf-metadata.js'
import type { VocabularyParts } from './kind.js'
import { type Merge, readMerges } from './merges.js'
import { mergesOfScores, type ScoredToken } from './merges-of-scores.js'
import { roleIds } from './special-ids.js'
import {
  type GgufVocabulary,
  invalidKey,
  missingKey,
  perToken,
  readVocabulary,
  tokenType,
  vocabularyObject,
} from './vocabulary.js'

const mark = '\u2581'
const scoresKey = 'tokenizer.ggml.scores'

// The converter writes the marks of user-defined tokens as spaces. Where a token is nothing else it is a run of marks to
// the tokenizer.json, made by merges like other text; SentencePiece finds it before, which differs for long runs only.
const spaces = /^ +$/
const spell = (token: string, type: number) =>
  type === tokenType.userDefined && spaces.test(token) ? mark.repeat(token.length) : token
const marks = new RegExp(`^${mark}+$`)

/** SentencePiece's own ids, unless the model was trained with others. */
const fallback = { unk: 0, bos: 1, eos: 2 }

function readScores(metadata: GgufMetadata, { tokens }: GgufVocabulary): Float64Array {
  const given = metadata.numbers(scoresKey)
  if (!given) throw missingKey(metadata.file, scoresKey)
  const scores = perToken(metadata, scoresKey, given, tokens.length)
  const wrong = scores.findIndex(Number.isNaN)
  if (wrong < 0) return scores
  throw invalidKey(metadata.file, `${scoresKey}[${wrong}]`, 'is no number; the file is damaged, fetch it again')
}

/** Merges for what text can become, from the scores. */
function mergesOf(metadata: GgufMetadata, vocabulary: GgufVocabulary): Merge[] {
  const { tokens, types } = vocabulary
  const scores = readScores(metadata, vocabulary)
  const scored: ScoredToken[] = []
  for (const [id, token] of tokens.entries()) {
    if (types[id] === tokenType.normal || types[id] === tokenType.undefined)
      scored.push({ token, score: scores[id] as number })
    // A run's score is the converter's. In Gemma's tokenizer.json runs go before all else, the shorter ones first.
    // Other user-defined tokens are found before there is anything to merge.
    else if (types[id] === tokenType.userDefined && marks.test(token))
      scored.push({ token, score: Number.MAX_SAFE_INTEGER - id })
  }
  return mergesOfScores(tokens, scored)
}

export function sentencePiece(metadata: GgufMetadata): VocabularyParts {
  const vocabulary = readVocabulary(metadata, spell)
  const roles = roleIds(metadata, vocabulary, fallback)
  const prefixed = metadata.boolean('tokenizer.ggml.add_space_prefix') ?? true
  const marked = { type: 'Replace', pattern: { String: ' ' }, content: mark }
  const prefix = { type: 'Prepend', prepend: mark }
  return {
    vocabulary,
    roles,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: roles.unk === undefined ? null : (vocabulary.tokens[roles.unk] as string),
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      vocab: vocabularyObject(vocabulary, Object.values(roles)),
      merges: readMerges(metadata, vocabulary) ?? mergesOf(metadata, vocabulary),
    },
    normalizer: prefixed ? { type: 'Sequence', normalizers: [prefix, marked] } : marked,
    preTokenizer: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: mark }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...(prefixed ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
      ],
    },
    addsBos: true,
    found: token => !marks.test(token),
  }
}
