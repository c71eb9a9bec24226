// The model of a tokenizer.json: the tokens that it knows, and words to ids, by @huggingface/tokenizers.
import {
  arrayAt,
  booleanAt,
  idAt,
  invalidTokenizer,
  isId,
  type JsonObject,
  objectAt,
  optionalStringAt,
} from './json-fields.js'
import { type LibraryModel, library, made } from './library.js'

const types = ['BPE', 'Unigram', 'WordLevel', 'WordPiece']

/** Files from before models had a `type` are told apart by their fields. */
function typeAt(config: JsonObject, where: string): string {
  if (typeof config.type === 'string' && types.includes(config.type)) return config.type
  if (config.type !== undefined)
    throw invalidTokenizer(`${where}.type`, `xling has no '${String(config.type)}'; it has ${types.join(', ')}`)
  if (Array.isArray(config.vocab)) return 'Unigram'
  if (config.merges !== undefined) return 'BPE'
  return config.continuing_subword_prefix === undefined ? 'WordLevel' : 'WordPiece'
}

const nothingElse = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, added_tokens: [] }

function libraryModel(fields: JsonObject, where: string): LibraryModel {
  const names = { unk_token: fields.unk_token }
  return made(where, () => new library.Tokenizer({ ...nothingElse, model: fields }, names)).model
}

function unigramAt(config: JsonObject, where: string): LibraryModel {
  const pieces = arrayAt(config.vocab, `${where}.vocab`)
  for (const [id, piece] of pieces.entries())
    if (!Array.isArray(piece) || typeof piece[0] !== 'string' || !Number.isFinite(piece[1]))
      throw invalidTokenizer(`${where}.vocab[${id}]`, 'must be a token and its score')
  const unknown = config.unk_id ?? undefined
  if (unknown !== undefined && idAt(unknown, `${where}.unk_id`) >= pieces.length)
    throw invalidTokenizer(`${where}.unk_id`, `is ${unknown}, but the vocabulary has ${pieces.length} pieces`)
  return libraryModel({ ...config, type: 'Unigram' }, where)
}

// Checked and put in by one pass each: the library's own way from hundreds of thousands of entries is slower, and takes
// malformed ones as they are.
function fillVocabulary({ tokens_to_ids, vocab }: LibraryModel, ids: JsonObject, where: string): void {
  for (const token in ids) {
    const id = ids[token]
    if (!isId(id)) throw invalidTokenizer(`${where}['${token}']`, 'must be a whole number from 0 to 2147483647')
    tokens_to_ids.set(token, id)
    vocab[id] = token
  }
}

// Older files have `'a b'` for `['a', 'b']`.
function fillMerges({ tokens_to_ids, bpe_ranks }: LibraryModel, merges: readonly unknown[], where: string): void {
  for (const [rank, merge] of merges.entries()) {
    const pair: readonly unknown[] = typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? merge : []
    const [left, right] = pair
    if (pair.length !== 2 || typeof left !== 'string' || typeof right !== 'string')
      throw invalidTokenizer(`${where}[${rank}]`, "must be two tokens: ['a', 'b'] or 'a b'")
    if (!tokens_to_ids.has(left + right))
      throw invalidTokenizer(`${where}[${rank}]`, `'${left + right}' is not in the vocabulary`)
    bpe_ranks?.set(JSON.stringify(pair), rank)
  }
}

function modelAt(config: JsonObject, where: string): LibraryModel {
  const type = typeAt(config, where)
  if (type === 'Unigram') return unigramAt(config, where)
  const prefix = optionalStringAt(config.continuing_subword_prefix, `${where}.continuing_subword_prefix`)
  // The library puts no prefix before the symbols of BPE.
  if (type === 'BPE' && prefix)
    throw invalidTokenizer(`${where}.continuing_subword_prefix`, 'is there for WordPiece only')
  const ids = objectAt(config.vocab, `${where}.vocab`)
  const unk_token = optionalStringAt(config.unk_token, `${where}.unk_token`)
  if (type === 'WordPiece' && unk_token === undefined) throw invalidTokenizer(`${where}.unk_token`, 'is missing')
  if (unk_token !== undefined && !Object.hasOwn(ids, unk_token))
    throw invalidTokenizer(`${where}.unk_token`, `'${unk_token}' is not in the vocabulary`)
  const merges = type === 'BPE' ? arrayAt(config.merges, `${where}.merges`) : []
  const vocab = unk_token === undefined ? {} : { [unk_token]: ids[unk_token] }
  // To the library, a model with a prefix is WordPiece, and any that it does not know is of whole words.
  const own = type === 'WordLevel' ? {} : { ...config, continuing_subword_prefix: prefix ?? '##' }
  const model = libraryModel({ ...own, type, vocab, merges: [], unk_token }, where)
  fillVocabulary(model, ids, `${where}.vocab`)
  fillMerges(model, merges, `${where}.merges`)
  return model
}

export class TokenModel {
  readonly #where: string
  readonly #model: LibraryModel
  readonly #fallsToBytes: boolean
  readonly #control = new Map<string, number>()

  /** @param config `model` of tokenizer.json */
  constructor(config: JsonObject, where: string) {
    this.#where = where
    this.#model = modelAt(config, where)
    this.#fallsToBytes = booleanAt(config.byte_fallback, false, `${where}.byte_fallback`)
  }

  /** One more than the largest id. */
  get size(): number {
    return this.#model.vocab.length
  }

  idOf(token: string): number | undefined {
    return this.#model.tokens_to_ids.get(token) ?? this.#control.get(token)
  }

  tokenOf(id: number): string | undefined {
    return this.#model.vocab[id]
  }

  /** From now on no text is this token: no word, no merge, no piece makes it. */
  makeControl(id: number): void {
    const { tokens_to_ids, bpe_ranks, trie } = this.#model
    const token = this.tokenOf(id)
    if (token === undefined || !tokens_to_ids.delete(token)) return
    this.#control.set(token, id)
    if (bpe_ranks)
      for (let i = 1; i < token.length; i++) bpe_ranks.delete(JSON.stringify([token.slice(0, i), token.slice(i)]))
    let node = trie?.root
    for (const character of token) node = node?.children.get(character)
    if (node) node.is_leaf = false
  }

  /** Appends the ids of a word. (Given several, the library would make one of unknown characters at their borders.) */
  encode(word: string, ids: number[]): void {
    for (const token of this.#model([word])) {
      const id = this.#model.tokens_to_ids.get(token)
      if (id === undefined) ids.push(...this.#unknown(token))
      else ids.push(id)
    }
  }

  // The library has byte fallback for BPE; Unigram's ends here.
  #unknown(token: string): number[] {
    const { tokens_to_ids, unk_token_id } = this.#model
    const hex = (byte: number) => byte.toString(16).toUpperCase().padStart(2, '0')
    const bytes = Array.from(Buffer.from(token), byte => tokens_to_ids.get(`<0x${hex(byte)}>`))
    if (this.#fallsToBytes && !bytes.includes(undefined)) return bytes as number[]
    if (unk_token_id !== undefined && unk_token_id !== null) return [unk_token_id]
    throw invalidTokenizer(this.#where, `has no unknown token, and no token for '${token}'`)
  }
}
