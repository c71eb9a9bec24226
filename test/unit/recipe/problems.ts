// What is said of a recipe that is wrong.
import assert from 'node:assert/strict'
import { XlingError } from '#xling/binding/errors'
import { parseRecipe } from '#xling/pipeline/recipe/read-recipe'

export const minimalAdapt = { model: 'owner/name', train: { lr: 1e-3 }, adapters: { positive: { data: 'pos.csv' } } }
export const minimalEncoder = { model: 'owner/name', data: 'triplets.csv', train: { lr: 1e-3 } }

/** A line for each thing that is wrong. */
export function problems(text: string): string[] {
  try {
    parseRecipe(text, 'r.yaml')
  } catch (error) {
    assert.ok(error instanceof XlingError, `${error}`)
    assert.equal(error.code, 'ERR_INVALID_RECIPE')
    return error.message.split('\n')
  }
  assert.fail('nothing was thrown')
}

/** What is wrong with a stage that is minimal but for this. */
export const adaptWith = (more: object) => problems(JSON.stringify({ adapt: { ...minimalAdapt, ...more } })).join('\n')
export const encoderWith = (more: object) =>
  problems(JSON.stringify({ 'train-encoder': { ...minimalEncoder, ...more } })).join('\n')
