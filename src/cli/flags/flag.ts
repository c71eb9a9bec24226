// A command's flags, from the JSON schema of what they set.

/** As zod writes it, draft 7. */
export interface JsonSchema {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema | readonly JsonSchema[]
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
  readonly $ref?: string
  readonly definitions?: Readonly<Record<string, JsonSchema>>
}

export type Kind = 'text' | 'texts' | 'number' | 'truth' | 'list' | 'mapping'

export interface Flag {
  /** Of what it sets, from the outermost: `['train', 'batchSize']`. */
  readonly keys: readonly string[]
  /** `--train.batch-size` */
  readonly name: string
  /** What its value may be; several where the schema has a choice. */
  readonly kinds: ReadonlySet<Kind>
  /** Where it is one of some words. */
  readonly choices: readonly unknown[]
  readonly description: string
  /** Of the mapping that it is in, where that is not the whole. */
  readonly group: string | undefined
  readonly required: boolean
  /** Where a text may stand for a mapping: the key that the text is of. */
  readonly shortFor: string | undefined
}

/** A flag for every value: of a mapping within the schema one for each of its keys, with a dot before it. */
export function flagsOf(schema: JsonSchema): Flag[] {
  return new Reading(schema.definitions ?? {}).flags(schema, [], { required: true, group: undefined })
}

export const flagName = (keys: readonly string[]) => `--${keys.map(kebab).join('.')}`

const kebab = (key: string) => key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)

interface Around {
  readonly required: boolean
  readonly group: string | undefined
}

class Reading {
  readonly #definitions: Readonly<Record<string, JsonSchema>>

  constructor(definitions: Readonly<Record<string, JsonSchema>>) {
    this.#definitions = definitions
  }

  flags(schema: JsonSchema, keys: readonly string[], { required, group }: Around): Flag[] {
    const whole = this.#resolved(schema)
    const branches = this.#branches(whole)
    const mappings = branches.filter(({ properties }) => properties !== undefined)
    const values = branches.filter(({ properties }) => properties === undefined)
    const description = whole.description ?? branches.find(branch => branch.description !== undefined)?.description
    const own: Flag = {
      keys,
      name: flagName(keys),
      kinds: new Set(values.map(kindOf)),
      choices: values.flatMap(value => value.enum ?? (value.const === undefined ? [] : [value.const])),
      description: described(description, values.map(value => value.default).concat(whole.default)),
      group,
      required,
      shortFor: values.length > 0 && mappings[0]?.required?.length === 1 ? mappings[0].required[0] : undefined,
    }
    const names = [...new Set(mappings.flatMap(({ properties }) => Object.keys(properties ?? {})))]
    const inner = names.flatMap(name => {
      const schemas = mappings.flatMap(({ properties }) => properties?.[name] ?? [])
      const everywhere = mappings.every(mapping => mapping.required?.includes(name))
      return this.flags(schemas.length === 1 ? (schemas[0] ?? {}) : { anyOf: schemas }, [...keys, name], {
        required: required && values.length === 0 && everywhere,
        group: group ?? this.#groupOf(name, schemas),
      })
    })
    return values.length > 0 ? [own, ...inner] : inner
  }

  /** With what it refers to; what it says itself goes before that. */
  #resolved({ $ref, allOf = [], ...own }: JsonSchema): JsonSchema {
    const named = $ref === undefined ? undefined : this.#definitions[$ref.slice('#/definitions/'.length)]
    const parts = [...(named ? [named] : []), ...allOf].map(part => this.#resolved(part))
    return Object.assign({}, ...parts, own)
  }

  /** What a value may be; each is described as the whole is, unless it says more. */
  #branches(schema: JsonSchema): JsonSchema[] {
    const { anyOf, oneOf, description } = schema
    const among = anyOf ?? oneOf
    if (!among) return [schema]
    const branches = among.flatMap(one => this.#branches(this.#resolved(one)))
    return branches.map(branch => ({ ...(description !== undefined && { description }), ...branch }))
  }

  /** What the help says above the flags of a mapping; what may be more than that says it itself. */
  #groupOf(name: string, schemas: readonly JsonSchema[]): string | undefined {
    const branches = schemas.map(schema => this.#resolved(schema)).flatMap(schema => this.#branches(schema))
    const isMapping = branches.every(({ properties }) => properties !== undefined)
    if (!isMapping) return branches.some(({ properties }) => properties) ? `${flagName([name])}:` : undefined
    const said = schemas.map(schema => this.#resolved(schema).description).find(text => text !== undefined)
    return `${flagName([name])}.…${said === undefined ? '' : ` (${said.replace(/\.$/, '')})`}:`
  }
}

function kindOf({ type, items, additionalProperties, enum: choices, const: only }: JsonSchema): Kind {
  if (type === 'array') return isText(items) ? 'texts' : 'list'
  if (type === 'number' || type === 'integer') return 'number'
  if (type === 'boolean') return 'truth'
  return additionalProperties !== undefined && !choices && only === undefined ? 'mapping' : 'text'
}

const isText = (items: JsonSchema['items']) => items !== undefined && 'type' in items && items.type === 'string'

/** What a recipe's keys are described by, said of a command line. */
function described(description = '', defaults: readonly unknown[] = []): string {
  const text = description
    .replace("the recipe's folder", 'the working directory')
    .replace("Default: the recipe's.", 'Default: that of --seed.')
  const fallback = defaults.find(value => value !== undefined)
  return fallback === undefined || /default/i.test(text) ? text : `${text} Default: ${fallback}.`
}
