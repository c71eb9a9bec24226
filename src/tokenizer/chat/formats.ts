// The chat formats that are built in.
import { chatml } from './chatml.js'
import type { ChatFormat } from './format.js'
import { gemma } from './gemma.js'
import { llama3 } from './llama3.js'

const formats: readonly ChatFormat[] = [gemma, llama3, chatml]

/** The format all of whose control tokens a vocabulary has. */
export function formatOf(hasToken: (text: string) => boolean): ChatFormat | undefined {
  return formats.find(({ control }) => control.every(hasToken))
}

/** For messages: by what each format is recognised. */
export const recognisedBy = formats.map(({ name, control }) => `${control[0]} (${name})`).join(', ')
