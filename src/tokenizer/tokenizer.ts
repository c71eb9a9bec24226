// The tokenizer of a model: text to ids and back, and conversations to ids.
import { XlingError } from '../binding/errors.js'
import { checkOptions } from '../binding/options.js'
import { Chat } from './chat/chat.js'
import { checkMessages, type Message } from './chat/messages.js'
import { type Decoder, decoderAt } from './decoders.js'
import { normalizerAt } from './normalizers.js'
import { type PackedIds, packRows } from './packed.js'
import { Pipeline } from './pipeline.js'
import type { Frame } from './post-processor.js'
import { preTokenizerAt } from './pre-tokenizers.js'
import { noTokenizerIn, parseTexts, readTexts, type TokenizerSources } from './sources.js'
import { TokenTable } from './token-table.js'

export interface EncodeOptions {
  /** Put the ids around the text that the tokenizer's post-processor puts there: BOS, `[CLS]` and `[SEP]`. Default: true. */
  readonly addSpecial?: boolean
  /** Let text that spells a control token be that token. Default: false, it stays text. */
  readonly parseSpecial?: boolean
}

export interface DecodeOptions {
  /** Leave control tokens out. Default: true. */
  readonly skipSpecial?: boolean
}

export interface ChatOptions {
  /** End with the opening of the assistant's turn, for the model to go on. Default: true. */
  readonly addGenerationPrompt?: boolean
}

/** Options that are true or false, with their defaults. */
function flags<Defaults extends Record<string, boolean>>(where: string, options: object, defaults: Defaults): Defaults {
  checkOptions(where, options, Object.keys(defaults))
  const given = options as Record<string, unknown>
  const read = ([name, fallback]: [string, boolean]) => {
    const value = given[name] ?? fallback
    if (typeof value === 'boolean') return [name, value] as const
    throw new XlingError('ERR_INVALID_ARGUMENT', `${where}: ${name} must be true or false`)
  }
  return Object.fromEntries(Object.entries(defaults).map(read)) as Defaults
}

function checkText(where: string, text: string): void {
  if (typeof text !== 'string') throw new XlingError('ERR_INVALID_ARGUMENT', `${where} must be a string`)
}

/** Text to ids and back, as the model's `tokenizer.json` says and as Python's transformers does it. */
export class Tokenizer {
  /** Begins a sequence. */
  readonly bosId: number | undefined
  /**
   * Each of them ends a sequence: the tokenizer's own, those of `generation_config.json` (else `config.json`), and the
   * one by which the chat format closes a turn. Ascending.
   */
  readonly eosIds: readonly number[]
  readonly padId: number | undefined
  /** Stands for a token that is to be guessed. */
  readonly maskId: number | undefined
  /** One more than the largest id of a token. A model's vocabulary may be padded beyond it. */
  readonly vocabSize: number
  /**
   * The built-in chat format (`'gemma'`, `'llama3'`, `'chatml'`) that the model's own chat template writes, which tells
   * that it was trained on conversations; undefined where it has no template, or one of another format. A vocabulary
   * alone tells nothing: base models have the control tokens, too.
   */
  readonly chatFormat: string | undefined
  readonly #tokens: TokenTable
  // Added tokens that are found in normalized text are written as they are found.
  readonly #normalTexts: ReadonlyMap<number, string>
  readonly #pipeline: Pipeline
  readonly #frame: Frame
  readonly #beginsWithBos: boolean
  readonly #decode: Decoder
  readonly #chat: Chat

  /** @throws XlingError `ERR_INVALID_TOKENIZER` */
  constructor(sources: TokenizerSources) {
    const { from, tokenizer } = sources
    const where = `${from}: tokenizer.json:`
    const tokens = new TokenTable(sources)
    const normalize = normalizerAt(tokenizer.normalizer, `${where} normalizer`)
    this.#pipeline = new Pipeline({
      added: tokens.added,
      normalize,
      preTokenize: preTokenizerAt(tokenizer.pre_tokenizer, `${where} pre_tokenizer`),
      model: tokens.model,
    })
    this.#decode = decoderAt(tokenizer.decoder, `${where} decoder`)
    this.#tokens = tokens
    const found = tokens.added.filter(token => token.normalized)
    this.#normalTexts = new Map(found.map(({ id, content }) => [id, normalize(content)]))
    this.#frame = tokens.frame
    this.bosId = tokens.idOfRole('bos')
    this.padId = tokens.idOfRole('pad')
    this.maskId = tokens.idOfRole('mask')
    this.eosIds = tokens.endIds
    this.vocabSize = tokens.size
    this.chatFormat = tokens.spokenFormat?.name
    this.#beginsWithBos = this.bosId !== undefined && tokens.frame.before.includes(this.bosId)
    this.#chat = new Chat({
      from,
      source: tokens.template,
      format: tokens.format,
      control: tokens.added.filter(token => token.control),
      tokens: tokens.templateNames,
      addsBos: this.#beginsWithBos,
    })
  }

  /**
   * Reads the tokenizer of a model's folder.
   * @throws XlingError `ERR_INVALID_TOKENIZER` if it has no tokenizer.json or a file is malformed, `ERR_FILE_FAILED`
   */
  static async fromFolder(folder: string): Promise<Tokenizer> {
    checkText('Tokenizer.fromFolder: folder', folder)
    const make = await Tokenizer.deferred(folder)
    if (make) return make()
    throw noTokenizerIn(folder)
  }

  /**
   * Reads a folder's files now and makes the tokenizer when it is first asked for: a vocabulary of 262,144 takes a
   * second or two of this thread. Undefined if the folder has no tokenizer.json.
   * @throws XlingError `ERR_FILE_FAILED`; what is returned throws `ERR_INVALID_TOKENIZER`
   */
  static async deferred(folder: string): Promise<(() => Tokenizer) | undefined> {
    checkText('Tokenizer.deferred: folder', folder)
    let texts = await readTexts(folder)
    let made: Tokenizer | undefined
    return (
      texts &&
      (() => {
        if (texts) made = new Tokenizer(parseTexts(folder, texts))
        texts = undefined
        return made as Tokenizer
      })
    )
  }

  /**
   * Ids of a text, `[T]`. BOS is never doubled: it is not added to a text that already begins with it, parsed.
   * @throws XlingError `ERR_INVALID_ARGUMENT`, `ERR_UNKNOWN_OPTION`
   */
  encode(text: string, options: EncodeOptions = {}): Int32Array {
    const chosen = flags('Tokenizer.encode', options, { addSpecial: true, parseSpecial: false })
    checkText('Tokenizer.encode: text', text)
    const ids = this.#pipeline.encode(text, chosen.parseSpecial)
    if (!chosen.addSpecial) return Int32Array.from(ids)
    return Int32Array.from(this.#framed(ids, chosen.parseSpecial && ids[0] === this.bosId))
  }

  /**
   * Ids of texts as {@link encode} gives them by default, one row per text, packed without padding.
   * @param options.maxTokens cuts the end off longer texts, special tokens counted and kept; default: no limit
   * @throws XlingError `ERR_INVALID_ARGUMENT`, also for a limit that leaves no token for the text; `ERR_UNKNOWN_OPTION`
   */
  encodeBatch(texts: readonly string[], options: { readonly maxTokens?: number } = {}): PackedIds {
    checkOptions('Tokenizer.encodeBatch', options, ['maxTokens'])
    const { maxTokens = Number.POSITIVE_INFINITY } = options
    const special = this.#frame.before.length + this.#frame.after.length
    if (!(maxTokens > special) || (Number.isFinite(maxTokens) && !Number.isInteger(maxTokens)))
      throw new XlingError(
        'ERR_INVALID_ARGUMENT',
        `Tokenizer.encodeBatch: maxTokens is ${maxTokens} but must be a whole number above the ${special} special tokens`,
      )
    if (!Array.isArray(texts))
      throw new XlingError('ERR_INVALID_ARGUMENT', 'Tokenizer.encodeBatch: texts must be an array of strings')
    return packRows(
      texts.map((text, i) => {
        checkText(`Tokenizer.encodeBatch: texts[${i}]`, text)
        const ids = this.#pipeline.encode(text, false)
        return this.#framed(ids.length > maxTokens - special ? ids.slice(0, maxTokens - special) : ids, false)
      }),
    )
  }

  /**
   * Ids of a prompt that is written around a text, `[T]`. Control tokens that `before` and `after` spell are such; the
   * text stays text, whatever it spells, alone or together with what stands next to it. Between control tokens all of it
   * is encoded as one text. BOS stands first where the tokenizer begins texts with it, once; what the tokenizer puts
   * behind texts is left out, as the answer is yet to come.
   * @throws XlingError `ERR_INVALID_ARGUMENT`
   */
  encodeBetween(before: string, text: string, after: string): Int32Array {
    for (const [name, value] of Object.entries({ before, text, after }))
      checkText(`Tokenizer.encodeBetween: ${name}`, value)
    const ids = this.#pipeline.encodeBetween(before, text, after)
    const begins = this.#beginsWithBos && ids[0] !== this.bosId
    return Int32Array.from(begins ? [this.bosId as number, ...ids] : ids)
  }

  /** The id of the control token with this text; undefined if there is none. */
  controlId(text: string): number | undefined {
    return this.#tokens.controlIdOf(text)
  }

  /**
   * Text of ids. An id that is no token, of a padded vocabulary for instance, is left out.
   * @throws XlingError `ERR_INVALID_ARGUMENT`, `ERR_UNKNOWN_OPTION`
   */
  decode(ids: ArrayLike<number>, options: DecodeOptions = {}): string {
    const { skipSpecial } = flags('Tokenizer.decode', options, { skipSpecial: true })
    if (!Array.isArray(ids) && !ArrayBuffer.isView(ids))
      throw new XlingError('ERR_INVALID_ARGUMENT', 'Tokenizer.decode: ids must be an array or a typed array')
    const tokens: string[] = []
    for (const [i, id] of Array.from(ids).entries()) {
      if (!Number.isInteger(id) || id < 0)
        throw new XlingError('ERR_INVALID_ARGUMENT', `Tokenizer.decode: ids[${i}] is ${id}, which is no token id`)
      const token = this.#normalTexts.get(id) ?? this.#tokens.tokenOf(id)
      if (token !== undefined && !(skipSpecial && this.#tokens.isControl(id))) tokens.push(token)
    }
    return this.#decode(tokens)
  }

  /** Whether a token is a byte, whose text depends on the bytes beside it. */
  isByte(id: number): boolean {
    return /^<0x[\dA-F]{2}>$/.test(this.#tokens.tokenOf(id) ?? '')
  }

  /**
   * A conversation as text: by the model's own chat template, else by the chat format of its control tokens (Gemma,
   * Llama 3, ChatML). To get ids use {@link chatIds}, which tells the template's control tokens from text that spells them.
   * @throws XlingError `ERR_NO_CHAT_TEMPLATE`, `ERR_INVALID_ARGUMENT` for messages that are malformed or that the
   * template refuses, `ERR_INVALID_TOKENIZER` for a template that cannot be rendered, `ERR_UNKNOWN_OPTION`
   */
  chat(messages: readonly Message[], options: ChatOptions = {}): string {
    const { text, restore } = this.#rendered('Tokenizer.chat', messages, options)
    return restore(text)
  }

  /**
   * A conversation as ids, `[T]`: BOS included where the template writes it, and not to be added again. Control tokens
   * come from the template only; a message that spells one has it as text.
   * @throws XlingError as {@link chat}
   */
  chatIds(messages: readonly Message[], options: ChatOptions = {}): Int32Array {
    const { text, restore } = this.#rendered('Tokenizer.chatIds', messages, options)
    return Int32Array.from(this.#pipeline.encodeRendered(text, restore))
  }

  #rendered(where: string, messages: readonly Message[], options: ChatOptions) {
    const { addGenerationPrompt } = flags(where, options, { addGenerationPrompt: true })
    checkMessages(where, messages)
    return this.#chat.render(messages, addGenerationPrompt)
  }

  /** @param begun whether BOS is there already. */
  #framed(ids: readonly number[], begun: boolean): number[] {
    const { before, after } = this.#frame
    return [...(begun ? before.filter(id => id !== this.bosId) : before), ...ids, ...after]
  }
}
