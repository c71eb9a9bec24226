// The pages for people, and what stands in them.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(fileURLToPath(import.meta.resolve('xling/package.json')))

export interface Page {
  /** Within the repository. */
  readonly path: string
  readonly text: string
}

export interface Block {
  /** `docs/run.md:12`, its first line's. */
  readonly at: string
  /** What its fence says: `yaml`, `sh`, `ts`, or nothing. */
  readonly language: string
  readonly text: string
}

export interface Link {
  readonly at: string
  readonly target: string
}

export const pageAt = (path: string): Page => ({ path, text: readFileSync(join(root, path), 'utf8') })

const docs = readdirSync(join(root, 'docs')).filter(name => name.endsWith('.md'))

export const pages: readonly Page[] = ['README.md', 'CONTRIBUTING.md', ...docs.sort().map(name => `docs/${name}`)].map(
  pageAt,
)

interface Line {
  readonly text: string
  readonly number: number
}

const fence = /^```(\S*)$/

/** Lines of blocks, by block, and those outside of all. */
function parts({ path, text }: Page): { blocks: Block[]; prose: Line[] } {
  const blocks: Block[] = []
  const prose: Line[] = []
  let open: { at: string; language: string; lines: string[] } | undefined
  for (const [i, line] of text.split('\n').entries()) {
    const [, language] = fence.exec(line) ?? []
    if (language === undefined) {
      if (open) open.lines.push(line)
      else prose.push({ text: line, number: i + 1 })
    } else if (open) {
      blocks.push({ at: open.at, language: open.language, text: `${open.lines.join('\n')}\n` })
      open = undefined
    } else open = { at: `${path}:${i + 2}`, language, lines: [] }
  }
  assert.equal(open, undefined, `${open?.at}: a block without an end`)
  return { blocks, prose }
}

export const blocksOf = (page: Page, language: string) =>
  parts(page).blocks.filter(block => block.language === language)

/** Those of Markdown, but for addresses of the net. */
export function linksOf(page: Page): Link[] {
  return parts(page).prose.flatMap(({ text, number }) =>
    [...withoutCode(text).matchAll(/\]\(([^()\s]+)\)/g)]
      .map(([, target = '']) => ({ at: `${page.path}:${number}`, target }))
      .filter(({ target }) => !/^[a-z]+:/.test(target)),
  )
}

const withoutCode = (line: string) => line.replace(/`[^`]*`/g, '')

/** What `#…` may stand behind a page's address: its headings, as GitHub names them. */
export const anchorsOf = (page: Page): string[] =>
  parts(page).prose.flatMap(({ text }) => {
    const [, heading] = /^#+ (.*)$/.exec(text) ?? []
    return heading === undefined ? [] : [anchorOf(heading)]
  })

const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')

/** What a page says that xling says: in backquotes, with the code behind it. */
export const messagesOf = ({ path, text }: Page) =>
  [...text.matchAll(/`([^`\n]+)` `\[(ERR_[A-Z_]+)\]`/g)].map(([, message = '', code = '']) => ({ path, message, code }))
