// The parser of every family of templates, by the family's id.
import { chatml } from './chatml.js'
import { gemma } from './gemma.js'
import { llama3 } from './llama3.js'
import type { Parser } from './parser.js'
import { plain } from './plain.js'

export const parsers = { plain, gemma, llama3, chatml } as const satisfies Readonly<Record<string, Parser>>

export type ParserId = keyof typeof parsers
