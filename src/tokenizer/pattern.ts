// Patterns of tokenizer.json: plain strings, and regular expressions written for Oniguruma.
import { type JsonObject, objectAt, stringAt } from './json-fields.js'

/** A plain string as a pattern. */
export const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** `{ String }` or `{ Regex }` as the source of a regular expression, in Oniguruma's syntax. */
export function patternAt(value: unknown, where: string): string {
  const { String: text, Regex: source } = objectAt(value, where)
  return text === undefined ? stringAt(source, `${where}.Regex`) : literal(stringAt(text, `${where}.String`))
}

/** A `Replace` for the library, in which JavaScript gives `$` a meaning that it has not for Python. */
export function replaceAt({ pattern, content }: JsonObject, where: string): JsonObject {
  const source = patternAt(pattern, `${where}.pattern`)
  const written = stringAt(content, `${where}.content`).replaceAll('$', '$$$$')
  return { type: 'Replace', pattern: { Regex: source }, content: written }
}
