// Recipes as files.
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { XlingError } from '../../binding/errors.js'
import { fileFailure } from '../../files/atomic.js'
import { oneLine } from './fields.js'
import { problemsOf } from './problems.js'
import { type Recipe, recipe } from './recipe.js'
import { resolvePaths } from './resolve-paths.js'
import { type Problem, readYaml } from './yaml-value.js'

/**
 * The recipe in a YAML or JSON file, its paths resolved against the file's folder.
 * @throws XlingError `ERR_FILE_NOT_FOUND`, `ERR_FILE_FAILED`, `ERR_INVALID_RECIPE` as {@link parseRecipe}
 */
export async function readRecipe(path: string): Promise<Recipe> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT' && cause.code !== 'ENOTDIR') return fileFailure('read', path)(cause)
    throw new XlingError('ERR_FILE_NOT_FOUND', `there is no file ${path}`, { cause })
  })
  return await resolvePaths(parseRecipe(decoded(bytes, path), path), dirname(path))
}

/**
 * The recipe in a text of YAML 1.2, of which JSON is a part. No value is taken for one of another kind, and no key that
 * a recipe lacks is passed over.
 * @param file for messages
 * @throws XlingError `ERR_INVALID_RECIPE` with a line for each thing that is wrong, ten at most: file, line, column and
 * key, what it is, and what it must be
 */
export function parseRecipe(text: string, file: string): Recipe {
  const yaml = readYaml(text)
  if (yaml.problems.length > 0) throw invalid(file, yaml.problems)
  if (yaml.value === null) throw new XlingError('ERR_INVALID_RECIPE', `${file} is empty; write a stage into it`)
  const { data, error } = recipe.safeParse(yaml.value)
  if (data) return data
  throw invalid(file, problemsOf(error.issues, yaml))
}

function decoded(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new XlingError('ERR_INVALID_RECIPE', `${file} is not UTF-8; save it as UTF-8`, { cause })
  }
}

const mostProblems = 10

function invalid(file: string, problems: readonly Problem[]): XlingError {
  const lines = problems
    .toSorted((a, b) => a.line - b.line || a.column - b.column)
    .map(({ line, column, message }) => `${file}:${line}:${column}: ${oneLine(message)}`)
  const more = lines.length > mostProblems ? [`and ${lines.length - mostProblems} more`] : []
  return new XlingError('ERR_INVALID_RECIPE', [...lines.slice(0, mostProblems), ...more].join('\n'))
}
