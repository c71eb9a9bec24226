// Writes recipe.schema.json, by which editors complete and check recipes, from what the built package accepts.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { recipeJsonSchema } from '../dist/pipeline/recipe/recipe.js'

const root = fileURLToPath(new URL('..', import.meta.url))
writeFileSync(`${root}recipe.schema.json`, JSON.stringify(recipeJsonSchema()))
// As `npm run lint` wants it.
execFileSync(process.execPath, ['node_modules/@biomejs/biome/bin/biome', 'format', '--write', 'recipe.schema.json'], {
  cwd: root,
})
