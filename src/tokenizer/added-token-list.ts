// The added tokens of a tokenizer, from tokenizer.json and from what its other files say of them.
import type { AddedToken } from './added-tokens.js'
import { arrayAt, booleanAt, idAt, type JsonObject, objectAt, stringAt } from './json-fields.js'
import type { TokenModel } from './model.js'
import type { TokenizerSources } from './sources.js'

/** An entry of `added_tokens` (tokenizer.json) or `added_tokens_decoder` (tokenizer_config.json). */
function addedTokenAt(value: unknown, id: number, where: string): AddedToken {
  const config = objectAt(value, where)
  const flag = (name: string, fallback: boolean) => booleanAt(config[name], fallback, `${where}.${name}`)
  const control = flag('special', false)
  return {
    id,
    content: stringAt(config.content, `${where}.content`),
    singleWord: flag('single_word', false),
    lstrip: flag('lstrip', false),
    rstrip: flag('rstrip', false),
    normalized: flag('normalized', !control),
    control,
  }
}

const declaredIn = ({ from, tokenizer }: TokenizerSources): AddedToken[] =>
  arrayAt(tokenizer.added_tokens ?? [], `${from}: tokenizer.json: added_tokens`).map((value, i) => {
    const where = `${from}: tokenizer.json: added_tokens[${i}]`
    return addedTokenAt(value, idAt(objectAt(value, where).id, `${where}.id`), where)
  })

const decoderOf = ({ from, config }: TokenizerSources): AddedToken[] => {
  const where = `${from}: tokenizer_config.json: added_tokens_decoder`
  const decoder: JsonObject =
    config?.added_tokens_decoder === undefined ? {} : objectAt(config.added_tokens_decoder, where)
  return Object.entries(decoder).map(([id, value]) => addedTokenAt(value, idAt(Number(id), where), `${where}['${id}']`))
}

// A token that a file names special although no list of added tokens has it.
const plainControl = (id: number, content: string): AddedToken => ({
  id,
  content,
  singleWord: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  control: true,
})

/**
 * Added tokens. Where several files have a token, it has the flags of tokenizer_config.json, and is a control
 * token if any of them says so, or if `special` names its text. A token of the model keeps the model's id.
 */
export function addedTokens(sources: TokenizerSources, model: TokenModel, special: ReadonlySet<string>): AddedToken[] {
  const byContent = new Map<string, AddedToken>()
  for (const token of [...declaredIn(sources), ...decoderOf(sources)]) {
    if (token.content === '') continue
    const before = byContent.get(token.content)
    const control = token.control || before?.control || special.has(token.content)
    byContent.set(token.content, { ...token, control, id: model.idOf(token.content) ?? before?.id ?? token.id })
  }
  for (const content of special) {
    const id = model.idOf(content)
    // A character that is also used as padding, say, goes on being a character.
    const isCharacter = Array.from(content).length === 1
    if (id !== undefined && !isCharacter && !byContent.has(content)) byContent.set(content, plainControl(id, content))
  }
  return [...byContent.values()]
}
