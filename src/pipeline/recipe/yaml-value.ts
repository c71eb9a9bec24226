// YAML, and where in it each value stands.
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml'

/** Something wrong at a place in a file; lines and columns count from 1. */
export interface Problem {
  readonly line: number
  readonly column: number
  readonly message: string
}

/** Keys and indices, from the outermost. */
export type Path = readonly PropertyKey[]

export interface YamlValue {
  /** Of JSON's kinds, and numbers that JSON lacks; undefined where there is a problem, and null for an empty file. */
  readonly value: unknown
  readonly problems: readonly Problem[]
  /** Of the value there or, where there is none, of what it should stand in. */
  placeOf(path: Path): Omit<Problem, 'message'>
  /** Of the key itself. */
  placeOfKey(path: Path): Omit<Problem, 'message'>
}

/**
 * One document of YAML 1.2 with its core schema. Keys are text. Besides what breaks the syntax, tags, unknown
 * directives, keys that stand twice, `__proto__` and aliases that resolve to nothing, to themselves or to far too much
 * are problems.
 */
export function readYaml(text: string): YamlValue {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    schema: 'core',
    stringKeys: true,
  })
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const placed = (offset: number, message: string): Problem => ({ ...at(offset), message })
  const problems = [...document.errors, ...document.warnings].map(({ code, message, pos: [offset] }) =>
    placed(offset, reworded[code] ?? message),
  )
  if (problems.length === 0)
    problems.push(...misused(document).map(({ node, message }) => placed(begin(node), message)))
  let value: unknown
  try {
    if (problems.length === 0) value = document.toJS()
  } catch (error) {
    // Aliases of aliases of aliases: a hundred values by them are the most.
    problems.push(placed(0, (error as Error).message))
  }
  return {
    value,
    problems,
    placeOf: path => at(begin(nodeAt(document, path).value)),
    placeOfKey: path => at(begin(nodeAt(document, path).key)),
  }
}

const reworded: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key stands here twice',
  MULTIPLE_DOCS: 'a second document begins here; a file holds one',
  NON_STRING_KEY: 'a key must be text',
}

const begin = (node: Node | undefined) => node?.range?.[0] ?? 0

/** What YAML allows and nobody needs here, or what only fails when values are made. */
function misused(document: Document): { node: Node; message: string }[] {
  const found: { node: Node; message: string }[] = []
  visit(document, {
    Node(key, node, ancestors) {
      if (node.tag !== undefined) found.push({ node, message: `there are no tags here; leave out ${node.tag}` })
      if (key === 'key' && isScalar(node) && node.value === '__proto__')
        found.push({ node, message: "there is no key '__proto__'" })
      if (!isAlias(node)) return
      const target = node.resolve(document)
      if (target === undefined) found.push({ node, message: `there is no anchor &${node.source} above` })
      else if (ancestors.includes(target)) found.push({ node, message: `*${node.source} stands inside of itself` })
    },
  })
  return found
}

/** The value at a path and the key it has, or the last ones on the way to it that are there. */
function nodeAt(document: Document, path: Path): { key: Node | undefined; value: Node | undefined } {
  let found: { key: Node | undefined; value: Node | undefined } = { key: undefined, value: nodeOf(document.contents) }
  for (const step of path) {
    const around = isAlias(found.value) ? found.value.resolve(document) : found.value
    if (isMap(around)) {
      const pair = around.items.find(({ key }) => isScalar(key) && key.value === step)
      if (!pair) return { ...found, value: found.key ?? found.value }
      found = { key: nodeOf(pair.key), value: nodeOf(pair.value) ?? nodeOf(pair.key) }
    } else if (isSeq(around)) {
      const item = nodeOf(around.items[Number(step)])
      found = { key: item, value: item }
    } else return found
  }
  return found
}

const nodeOf = (value: unknown): Node | undefined => (isNode(value) ? value : undefined)
