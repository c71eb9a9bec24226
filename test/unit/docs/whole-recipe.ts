// A recipe of which a page shows a part.
import assert from 'node:assert/strict'
import { isJsonObject, type JsonObject } from '#xling/files/json-object'
import { readYaml } from '#xling/pipeline/recipe/yaml-value'

/** As little as each stage can do with. */
const smallest: JsonObject = {
  adapt: { model: 'owner/name', train: { lr: 1e-4 }, adapters: { positive: { data: 'pos.csv' } } },
  synthesize: { model: 'owner/name', sentences: 'sentences.csv' },
  'train-encoder': { model: 'owner/name', data: 'triplets.csv', train: { lr: 1e-4 } },
  evaluate: { model: 'owner/name', sets: { set: { task: 'semrel', data: 'test.csv' } } },
}

/** How a page says that something was left out. */
const leftOut = /^\s*# …$/m

/** A block that says that something was left out, with the least that could be; any other one as it is. */
export function wholeRecipe(text: string): string {
  if (!leftOut.test(text)) return text
  const { value, problems } = readYaml(text)
  assert.deepEqual(problems, [])
  assert.ok(isJsonObject(value))
  const around = Object.keys(value).flatMap(stage => (Object.hasOwn(smallest, stage) ? [[stage, smallest[stage]]] : []))
  return JSON.stringify(merged(Object.fromEntries(around), value))
}

/** What is shown goes before what was left out. */
function merged(around: unknown, shown: unknown): unknown {
  if (!isJsonObject(around) || !isJsonObject(shown)) return shown
  const inner = Object.entries(shown).map(([key, value]) => [key, merged(around[key], value)])
  return { ...around, ...Object.fromEntries(inner) }
}
