// Examples as tests ask for them.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Example } from '#xling/data/example'
import { readExamples } from '#xling/data/read-examples'
import type { DataSource } from '#xling/data/source'
import { emptyFolder } from '../hub/fake-hub.js'

export const where = 'train: data'
export const every = ['triplet', 'pair', 'completion', 'scored-pair', 'sentence'] as const

export const read = (source: DataSource, options: Partial<Parameters<typeof readExamples>[1]> = {}) =>
  readExamples(source, { kinds: every, where, ...options })

export const examplesOf = async (source: DataSource, options: Partial<Parameters<typeof readExamples>[1]> = {}) =>
  (await read(source, options)).examples

export const textsOf = (examples: readonly Example[]) =>
  examples.map(example => (example.kind === 'sentence' ? example.text : ''))

/** Files of these contents in an empty folder, which is given. */
export function written(t: TestContext, files: Record<string, string | Uint8Array>): string {
  const folder = emptyFolder(t)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  return folder
}

export const file = (t: TestContext, name: string, content: string | Uint8Array) =>
  join(written(t, { [name]: content }), name)
