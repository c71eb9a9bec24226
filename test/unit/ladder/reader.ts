// Reads what a source file asks for: the includes of C++, the imports of
// TypeScript, the ISA flags of CMake. No parser: tokens are enough, as long as
// comments and strings are told from code.

export interface Include {
  path: string | undefined // undefined: a macro's
  quoted: boolean
  line: number
}

export interface Import {
  path: string | undefined // undefined: computed at run time
  line: number
}

export interface IsaFlag {
  flag: string
  line: number
  command: string
  files: string[] // what the command names before PROPERTIES
}

export const lineAt = (text: string, offset: number) => text.slice(0, offset).split('\n').length

const cppParts = /\/\/.*|\/\*[\s\S]*?\*\/|R"(\w*)\([\s\S]*?\)\1"|"(?:\\.|[^"\\\n])*"|'(?:\\.[^'\n]*|[^'\\\n])'/g

// Comments become blanks, so that every line keeps its number.
export const withoutComments = (text: string) =>
  text.replace(cppParts, part => (/^\/[/*]/.test(part) ? part.replace(/[^\n]/g, ' ') : part))

export function includesOf(text: string): Include[] {
  const code = withoutComments(text)
  return [...code.matchAll(/^[ \t]*#[ \t]*include(?:_next)?\b[ \t]*(?:(["<])([^">\n]+)[">])?/gm)].map(found => ({
    path: found[2],
    quoted: found[1] === '"',
    line: lineAt(code, found.index),
  }))
}

interface Token {
  kind: 'string' | 'code' | 'other'
  text: string
  line: number
}

// A slash opens a regular expression only where no value can stand before it.
// Templates may hold one more level of templates or braces.
const scriptParts = new RegExp(
  [
    /(?<comment>\/\/.*|\/\*[\s\S]*?\*\/)/,
    /(?<string>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")/,
    /(?<other>`(?:\\[\s\S]|\$\{(?:[^{}`]|`[^`]*`|\{[^{}]*\})*\}|[^`\\])*`)/,
    /(?<regexp>(?<=(?:^|[=(,:;!&|?{}[>\n]|\breturn)[ \t]*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/)/,
    /(?<code>[\w$]+|\S)/,
  ]
    .map(part => part.source)
    .join('|'),
  'gu',
)

export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  let line = 1
  let read = 0
  for (const { 0: part, index, groups } of text.matchAll(scriptParts)) {
    line += lineAt(text.slice(read, index), index - read) - 1
    read = index
    if (groups?.comment !== undefined) continue
    if (groups?.string !== undefined) tokens.push({ kind: 'string', text: part.slice(1, -1), line })
    else tokens.push({ kind: groups?.code === undefined ? 'other' : 'code', text: part, line })
  }
  return tokens
}

export function importsOf(text: string): Import[] {
  const tokens = tokensOf(text)
  const imports: Import[] = []
  const isCode = (at: number, ...texts: string[]) => {
    const token = tokens[at]
    return token?.kind === 'code' && texts.includes(token.text)
  }
  for (const [at, { text: path, kind, line }] of tokens.entries()) {
    const named = kind === 'string' && isCode(at - 1, 'from', 'import')
    const called = isCode(at - 1, '(') && isCode(at - 2, 'import', 'require') && !isCode(at - 3, '.', 'function')
    if (named || called) imports.push({ path: kind === 'string' ? path : undefined, line })
  }
  return imports
}

const cmakeParts = /#\[\[[\s\S]*?\]\]|#.*|"(?:\\[\s\S]|[^"\\])*"|[()]|[^\s()"#]+/g
const isaFlag = /(?<![\w-])-m(?:avx\w*|sse\w*|fma4?|f16c|arch=|cpu=)[\w.+-]*/g

export function isaFlagsOf(text: string): IsaFlag[] {
  const flags: IsaFlag[] = []
  let depth = 0
  let word = ''
  let current = { command: '', files: [] as string[], listing: true }
  for (const { 0: part, index } of text.matchAll(cmakeParts)) {
    if (part.startsWith('#')) continue
    if (part === '(' && depth++ === 0) current = { command: word.toLowerCase(), files: [], listing: true }
    else if (part === ')') depth--
    else if (depth === 0) word = part
    else if (part === 'PROPERTIES') current.listing = false
    else if (part !== '(' && current.listing) current.files.push(part.replaceAll('"', ''))
    for (const { 0: flag, index: within } of part.matchAll(isaFlag))
      flags.push({ flag, line: lineAt(text, index + within), command: current.command, files: current.files })
  }
  return flags
}
