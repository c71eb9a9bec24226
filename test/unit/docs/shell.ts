// Commands of a shell, as far as pages use one.

// Comments; redirections, with where to; operators and ends of lines; words, of plain, quoted and escaped characters.
const pieces =
  /(?<comment>#[^\n]*)|(?<redirection>\d?[<>]+[ \t]*[^\s;&|]+)|(?<end>&&|\|\||[;|&\n])|(?<word>(?:'[^']*'|"[^"]*"|\\[\s\S]|[^\s'"\\;&|<>])+)/g

/** The words of each simple command, without quotes. */
export function commandsIn(text: string): string[][] {
  const commands: string[][] = []
  let words: string[] = []
  const end = () => {
    if (words.length > 0) commands.push(words)
    words = []
  }
  for (const { groups = {} } of text.replaceAll('\\\n', ' ').matchAll(pieces)) {
    if (groups.word !== undefined) words.push(unquoted(groups.word))
    if (groups.end !== undefined) end()
  }
  end()
  return commands
}

const unquoted = (word: string) => word.replace(/'([^']*)'|"([^"]*)"|\\([\s\S])/g, '$1$2$3')

/** The arguments of `xling`, whatever calls it: `npx xling …`, `srun -n 8 npx xling …`. */
export const xlingCommandsIn = (text: string): string[][] =>
  commandsIn(text).flatMap(words => (words.includes('xling') ? [words.slice(words.indexOf('xling') + 1)] : []))
