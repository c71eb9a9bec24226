// A recipe's stage as flags, which are the recipe's keys: a new key needs nothing here.
import { type Recipe, recipe, recipeJsonSchema } from '../pipeline/recipe/recipe.js'
import { checkFlags } from './flags/check-flags.js'
import { type Flag, flagsOf, type JsonSchema } from './flags/flag.js'
import { flagValues } from './flags/flag-values.js'

export class StageForm {
  readonly flags: readonly Flag[]
  readonly #stage: string
  readonly #named: string | undefined
  /** Of what is named, of the stage around it, and of the recipe around that. */
  readonly #levels: {
    readonly entry: readonly Flag[]
    readonly stage: readonly Flag[]
    readonly recipe: readonly Flag[]
  }

  /** @param named the stage's mapping of names, where it has one, of which a command gives one entry */
  constructor(stage: string, named: string | undefined) {
    const { properties = {}, definitions = {} } = recipeJsonSchema() as JsonSchema
    const { [stage]: whole = {}, seed = {}, device = {} } = properties
    const { [named ?? '']: entries, ...keys } = whole.properties ?? {}
    const own = entries ? { ...whole, properties: keys } : whole
    const entry = (entries?.additionalProperties ?? {}) as JsonSchema
    this.#stage = stage
    this.#named = named
    this.#levels = {
      entry: entries ? flagsOf({ ...entry, definitions }) : [],
      stage: flagsOf({ ...own, definitions }),
      recipe: flagsOf({ type: 'object', properties: { seed, device } }),
    }
    this.flags = Object.values(this.#levels).flat()
  }

  /**
   * The recipe of this stage alone.
   * @param given values as commander has them
   * @param name of the entry
   * @throws UsageError in terms of flags
   */
  recipe(given: Readonly<Record<string, unknown>>, name = ''): Recipe {
    const { entry, stage, recipe: around } = this.#levels
    const entries = this.#named === undefined ? {} : { [this.#named]: { [name]: flagValues(entry, given) } }
    const value = { ...flagValues(around, given), [this.#stage]: { ...flagValues(stage, given), ...entries } }
    return checkFlags(recipe, value, message => this.#inFlags(message))
  }

  /** Without what is no part of a flag's name; a name that is none becomes what `--name` is. */
  #inFlags(message: string): string {
    const inStage = message.replace(new RegExp(`^${this.#stage}\\.`), '')
    return inStage.replace(new RegExp(`^${this.#named}(\\.[\\w-]+\\.|(?=\\['))`), inside =>
      inside.endsWith('.') ? '' : 'name',
    )
  }
}
