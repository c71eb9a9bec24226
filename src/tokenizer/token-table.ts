// The tokens of a tokenizer: model's and added ones together, and which of them control rather than say something.
import { addedTokens } from './added-token-list.js'
import type { AddedToken } from './added-tokens.js'
import type { ChatFormat } from './chat/format.js'
import { formatOf } from './chat/formats.js'
import { templateSourceOf } from './chat/template-source.js'
import { idAt, objectAt } from './json-fields.js'
import { TokenModel } from './model.js'
import { type Frame, frameAt, withFlags } from './post-processor.js'
import type { TokenizerSources } from './sources.js'
import { endIds, extraSpecialTokens, namedTokens, type SpecialRole } from './special-tokens.js'

export class TokenTable {
  readonly model: TokenModel
  readonly added: readonly AddedToken[]
  /** What encoding puts around a text. */
  readonly frame: Frame
  /** Ids that end a sequence, ascending. */
  readonly endIds: readonly number[]
  /** The built-in chat format that the model's own template writes, all of whose control tokens are here. */
  readonly spokenFormat: ChatFormat | undefined
  /** The same; where there is no such, one whose control tokens are all here. */
  readonly format: ChatFormat | undefined
  /** Source of the model's own chat template. */
  readonly template: string | undefined
  /** One more than the largest id. */
  readonly size: number
  readonly #byId: ReadonlyMap<number, AddedToken>
  readonly #idOfContent: ReadonlyMap<string, number>
  readonly #roles: ReadonlyMap<SpecialRole, number>

  constructor(sources: TokenizerSources) {
    const where = `${sources.from}: tokenizer.json:`
    this.model = new TokenModel(objectAt(sources.tokenizer.model, `${where} model`), `${where} model`)
    const named = namedTokens(sources)
    const listed = addedTokens(sources, this.model, new Set([...named.values(), ...extraSpecialTokens(sources)]))
    this.#idOfContent = new Map(listed.map(({ content, id }) => [content, id]))
    this.template = templateSourceOf(sources)
    const has = (text: string) => this.#idOfContent.has(text)
    this.spokenFormat = formatOf(text => has(text) && this.template?.includes(text) === true)
    this.format = this.spokenFormat ?? formatOf(has)
    this.#roles = this.#rolesOf(sources, named)
    this.endIds = this.#endIdsOf(sources)
    this.added = this.#withControl(listed)
    this.#byId = new Map(this.added.map(token => [token.id, token]))
    this.size = this.added.reduce((size, { id }) => Math.max(size, id + 1), this.model.size)
    this.frame = withFlags(
      frameAt(sources.tokenizer.post_processor, `${where} post_processor`, text => this.#idOf(text)),
      {
        bos: { id: this.idOfRole('bos'), wanted: sources.config?.add_bos_token },
        eos: { id: this.idOfRole('eos'), wanted: sources.config?.add_eos_token },
      },
    )
  }

  idOfRole(role: SpecialRole): number | undefined {
    return this.#roles.get(role)
  }

  /** Texts of the tokens with a role, under the names that templates use: `bos_token`, … */
  get templateNames(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#roles].map(([role, id]) => [`${role}_token`, this.tokenOf(id) ?? '']))
  }

  tokenOf(id: number): string | undefined {
    return this.#byId.get(id)?.content ?? this.model.tokenOf(id)
  }

  isControl(id: number): boolean {
    return this.#byId.get(id)?.control === true
  }

  /** The control token with this text. */
  controlIdOf(text: string): number | undefined {
    const id = this.#idOf(text)
    return id !== undefined && this.isControl(id) ? id : undefined
  }

  #idOf(text: string): number | undefined {
    return this.#idOfContent.get(text) ?? this.model.idOf(text)
  }

  // A folder without tokenizer_config.json has the ids of its tokens in config.json, where it has them.
  #rolesOf({ from, config, specialTokensMap, modelConfig }: TokenizerSources, named: ReadonlyMap<SpecialRole, string>) {
    const roles = new Map<SpecialRole, number>()
    for (const [role, text] of named) {
      const id = this.#idOf(text)
      if (id !== undefined) roles.set(role, id)
    }
    if (config || specialTokensMap) return roles
    for (const role of ['bos', 'pad'] as const) {
      const id = modelConfig?.[`${role}_token_id`] ?? undefined
      if (id !== undefined) roles.set(role, idAt(id, `${from}: config.json: ${role}_token_id`))
    }
    return roles
  }

  #endIdsOf(sources: TokenizerSources): number[] {
    const ids = new Set(endIds(sources))
    const own = this.#roles.get('eos')
    if (own !== undefined) ids.add(own)
    // A template of its own may be of another format than the vocabulary's tokens.
    const closing = this.format?.closing
    const closes = closing !== undefined && (this.template === undefined || this.template.includes(closing))
    if (closes) ids.add(this.#idOfContent.get(closing) as number)
    return [...ids].sort((a, b) => a - b)
  }

  // What ends a sequence or belongs to the chat format is a control token, however the file calls it. From here on,
  // the model cannot make one of text.
  #withControl(listed: readonly AddedToken[]): AddedToken[] {
    const texts = new Set<string>(this.format?.control)
    const ends = new Set(this.endIds)
    return listed.map(token => {
      const control = token.control || texts.has(token.content) || ends.has(token.id)
      if (control) this.model.makeControl(token.id)
      return { ...token, control }
    })
  }
}
