// What several commands take.
import { text, whole } from '../../pipeline/recipe/fields.js'
import { recipe } from '../../pipeline/recipe/recipe.js'

export const { device } = recipe.shape

export const adapterFolder = text("an adapter's folder")
  .describe('The folder of an adapter of that model, as xling or PEFT saves one. Default: none.')
  .exactOptional()

export const batchSize = (what: string, fallback: number) =>
  whole({ from: 1 })
    .describe(`${what} that are computed together, 1 or more; it changes no result. Default ${fallback}.`)
    .exactOptional()
