// Every family of templates, by its id.
import { chatml } from './chatml.js'
import { gemma } from './gemma.js'
import { llama3 } from './llama3.js'
import { plain } from './plain.js'
import type { Family } from './template.js'

export const templates = { plain, gemma, llama3, chatml } as const satisfies Readonly<Record<string, Family>>

/** A family of templates: `'plain'` for base models, the others for instruction models of a chat format. */
export type TemplateId = keyof typeof templates

export const templateIds = Object.keys(templates) as readonly TemplateId[]
