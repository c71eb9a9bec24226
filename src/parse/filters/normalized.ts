/**
 * A text as it is compared: NFKC, lower case, punctuation and whitespace as single spaces. Symbols stay: emoji say
 * something.
 */
export function normalized(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\p{P}\s]+/gu, ' ')
    .trim()
}
