// What xling can say, as its source has it.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './pages.js'

const isSource = (name: string) => /\.(ts|cc|h)$/.test(name)

/** All of src and native, texts that are put together over several lines as one. */
export function sourceText(): string {
  const files = ['src', 'native'].flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter(isSource)
      .map(name => readFileSync(join(root, folder, name), 'utf8')),
  )
  return files.join('\n').replace(/['"`]\s*\+?\s*\n\s*['"`]/g, '')
}

// Of a message: what a page leaves out, and what is in quotes, a number or a path; signs between what is put together.
const variable = /…|(?<!\w)'[^']*'(?!\w)|"[^"]*"|-?\d[\d.,e-]*|\/\S*|[:;()[\]]/

/** What of a message is the same each time, but for words that are too short to tell anything. */
export const constantParts = (message: string): string[] =>
  message
    .split(variable)
    .map(part => part.replace(/^[\s,.]+|[\s,.]+$/g, ''))
    .filter(part => part.length >= 8)
