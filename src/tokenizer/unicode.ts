// What Rust and Python mean by whitespace and word characters, which JavaScript's \s, \w and trim() do not.

/** Rust's `char::is_whitespace`: Unicode's White_Space, without U+FEFF and with U+0085. For a RegExp with the u flag. */
export const whitespace = String.raw`\p{White_Space}`

/** `\w` of Rust's regex crate, as the inside of a character class (UTS 18, annex C). */
export const wordCharacters = String.raw`\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}`

const isWhitespace = new RegExp(`^${whitespace}$`, 'u')

/** Where the whitespace at the start of a text ends. */
export function leadingWhitespace(text: string): number {
  let end = 0
  while (end < text.length && isWhitespace.test(text.charAt(end))) end++
  return end
}

/** Where the whitespace at the end of a text begins. */
export function trailingWhitespace(text: string): number {
  let start = text.length
  while (start > 0 && isWhitespace.test(text.charAt(start - 1))) start--
  return start
}
