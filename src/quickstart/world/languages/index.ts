// The languages of the micro-world, by their codes.
import type { Language } from '../grammar.js'
import { english } from './english.js'
import { makelu } from './makelu.js'
import { shennai } from './shennai.js'
import { torvan } from './torvan.js'

export const languages = { english, torvan, makelu, shennai } as const satisfies Readonly<Record<string, Language>>

export type LanguageId = keyof typeof languages

export const languageIds = Object.keys(languages) as LanguageId[]
