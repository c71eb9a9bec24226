// The rules of the tree, as functions over a map of path -> text. Each gives
// one line per violation: "path:line: what is wrong".
import { posix } from 'node:path'
import { importsOf, includesOf, isaFlagsOf, lineAt, tokensOf, withoutComments } from './reader.js'

export type Tree = ReadonlyMap<string, string>

// Every rung with the rungs right below it; what is below those is below it too.
const ladders: Record<string, Record<string, string[]>> = {
  native: {
    core: [],
    io: ['core'],
    kernels: ['core'],
    backend: ['kernels'],
    cpu: ['backend'],
    cuda: ['backend'],
    autograd: ['backend'],
    nn: ['autograd'],
    losses: ['nn'],
    models: ['nn'],
    sampling: ['losses', 'models'],
    addon: ['sampling', 'cpu', 'cuda', 'io'],
  },
  src: {
    binding: [],
    files: ['binding'],
    ...rungs(['tokenizer', 'adapter'], ['files']),
    model: ['tokenizer', 'adapter'],
    ...rungs(['data', 'prompt', 'parse'], ['model']),
    ...rungs(['train', 'generate', 'eval'], ['data', 'prompt', 'parse']),
    pipeline: ['train', 'generate', 'eval'],
    quickstart: ['pipeline'],
    cli: ['quickstart'],
  },
}

// Above every rung of src, and imported by none.
const surface = ['src/index.ts', 'src/kernels.ts']

function rungs(names: string[], below: string[]) {
  return Object.fromEntries(names.map(name => [name, below]))
}

interface Place {
  side: string // native or src
  rung: string
  folder: string
  known: boolean
}

function placeOf(path: string): Place {
  const [side = '', rung = '', ...rest] = path.split('/')
  const known = rest.length > 0 && ladders[side]?.[rung] !== undefined
  return { side, rung, folder: rest.length > 0 ? `${side}/${rung}` : path, known }
}

function isBelow(side: string, rung: string, above: string): boolean {
  return (ladders[side]?.[above] ?? []).some(next => next === rung || isBelow(side, rung, next))
}

const isCpp = (path: string) => /\.(h|cc|cu|cuh)$/.test(path)
const isScript = (path: string) => /\.[cm]?[jt]s$/.test(path)

// As the compiler finds it: beside the file, then from native/. A name in <> is
// ours only where such a file is; one in "" always is.
function includedFile(tree: Tree, from: string, path: string, quoted: boolean) {
  const beside = posix.join(posix.dirname(from), path)
  if (quoted && (tree.has(beside) || path.startsWith('.'))) return beside
  const fromRoot = posix.join('native', path)
  return quoted || tree.has(fromRoot) ? fromRoot : undefined
}

function importedFile(from: string, path: string) {
  if (path.startsWith('.')) return posix.join(posix.dirname(from), path).replace(/\.js$/, '.ts')
  if (path === 'xling') return 'src/index.ts'
  if (path === 'xling/kernels') return 'src/kernels.ts'
  return path.startsWith('#xling/') ? `${posix.join('src', path.slice('#xling/'.length))}.ts` : undefined
}

interface Edge {
  from: string
  line: number
  verb: 'includes' | 'imports'
  to: string | undefined // undefined: computed, so no check can follow it
}

// What the files of native/ and src/ want from one another; other packages' files are left out.
function edgesOf(tree: Tree): Edge[] {
  const edges: Edge[] = []
  const add = (from: string, line: number, verb: Edge['verb'], path: string | undefined, to: string | undefined) => {
    if (path === undefined || to !== undefined) edges.push({ from, line, verb, to })
  }
  for (const [from, text] of tree)
    if (from.startsWith('native/') && !from.endsWith('.md'))
      for (const { path, quoted, line } of includesOf(text))
        add(from, line, 'includes', path, path && includedFile(tree, from, path, quoted))
    else if (from.startsWith('src/') && isScript(from))
      for (const { path, line } of importsOf(text)) add(from, line, 'imports', path, path && importedFile(from, path))
  return edges
}

function everyFolderIsOnARung(tree: Tree) {
  const lost = new Map<string, string>()
  for (const path of tree.keys()) {
    const { side, folder, known } = placeOf(path)
    if (side in ladders && !known && !surface.includes(path) && !lost.has(folder)) lost.set(folder, path)
  }
  return [...lost].map(([folder, path]) => `${path}:1: ${folder} is on no rung`)
}

function arrowsGoDown(tree: Tree) {
  return edgesOf(tree).flatMap(({ from, line, verb, to }) => {
    const here = placeOf(from)
    // The addon's own path is only known at run time.
    if (to === undefined && from.startsWith('src/binding/')) return []
    if (to === undefined) return `${from}:${line}: ${verb} a computed path, which no check can follow`
    if (to === 'package.json' || surface.includes(to) || (!here.known && !surface.includes(from))) return []
    const there = placeOf(to)
    if (!there.known || there.side !== here.side)
      return `${from}:${line}: ${verb} ${to}, but ${there.folder} is on no rung`
    if (surface.includes(from) || there.rung === here.rung || isBelow(here.side, there.rung, here.rung)) return []
    return `${from}:${line}: ${verb} ${to}, but ${there.rung} is not below ${here.rung}`
  })
}

function nothingImportsTheSurface(tree: Tree) {
  return edgesOf(tree)
    .filter(({ to }) => to !== undefined && surface.includes(to))
    .map(({ from, line, to }) => `${from}:${line}: imports ${to}, the public surface, which only tests may`)
}

// A system header that only one folder may include.
function onlyIn(folder: string, header: RegExp) {
  return (tree: Tree) =>
    [...tree].flatMap(([from, text]) =>
      !isCpp(from) || from.startsWith(folder)
        ? []
        : includesOf(text)
            .filter(({ path }) => header.test(posix.basename(path ?? '')))
            .map(({ path, line }) => `${from}:${line}: includes ${path}, which only ${folder} may`),
    )
}

// Any string counts, not only an import's: createRequire and dlopen take strings too.
function onlyBindingLoadsTheAddon(tree: Tree) {
  return [...tree].flatMap(([path, text]) =>
    !path.startsWith('src/') || !isScript(path) || path.startsWith('src/binding/')
      ? []
      : tokensOf(text)
          .filter(({ kind, text }) =>
            kind === 'code' ? text === 'dlopen' : /^[`]?(node-gyp-build(\/.*)?|\S+\.node)[`]?$/.test(text),
          )
          .map(({ text, line }) => `${path}:${line}: ${text} loads the addon, which only src/binding/ may`),
  )
}

function onlySimdHasIsaFlags(tree: Tree) {
  const allowed = (file: string) => posix.normalize(file).startsWith('native/cpu/simd/')
  return [...tree].flatMap(([path, text]) =>
    !/(^|\/)CMakeLists\.txt$|\.cmake$|\.gyp$/.test(path)
      ? []
      : isaFlagsOf(text)
          .filter(({ command, files }) => command !== 'set_source_files_properties' || !files.every(allowed))
          .map(({ flag, line }) => `${path}:${line}: ${flag} reaches more than files of native/cpu/simd/`),
  )
}

function filesAreShort(tree: Tree) {
  return [...tree].flatMap(([path, text]) => {
    const lines = lineAt(text, text.length) - (text.endsWith('\n') ? 1 : 0)
    const ours = /^(native|src|test|scripts)\//.test(path)
    return ours && lines > 600 ? `${path}:601: ${lines} lines are more than 600` : []
  })
}

function namesSayWhatIsInside(tree: Tree) {
  return [...tree.keys()].flatMap(path => {
    const vague = /(?<=^|[-_./])(utils?|helpers?|managers?|misc)(?=[-_./]|$)/i.exec(path)?.[0]
    return vague ? `${path}:1: '${vague}' says nothing of what is inside` : []
  })
}

// The structs with a contract's name[] and where they stand.
function contractsIn(header: string) {
  const code = withoutComments(header)
  const open: string[] = []
  const found: { struct: string; line: number }[] = []
  for (const { 0: part, 1: struct, index } of code.matchAll(
    /\bstruct\s+(\w+)[^;{}()]*\{|[{}]|\bstatic\s+constexpr\s+char\s+name\s*\[\s*\]/g,
  ))
    if (part === '}') open.pop()
    else if (part.endsWith('{')) open.push(struct ?? '')
    else found.push({ struct: open.at(-1) ?? '', line: lineAt(code, index) })
  return found
}

function* contractHeaders(tree: Tree) {
  for (const [path, text] of tree) {
    const stem = /^native\/kernels\/(\w+)\.h$/.exec(path)?.[1]
    const contracts = stem ? contractsIn(text) : []
    if (stem && contracts.length > 0) yield { path, stem, contracts }
  }
}

function kernelsAreComplete(tree: Tree) {
  return [...contractHeaders(tree)].flatMap(({ path, stem, contracts }) =>
    [`native/cpu/${stem}.cc`, `test/native/kernels/${stem}_test.cc`, `test/bench/kernels/${stem}.ts`]
      .filter(wanted => !tree.has(wanted))
      .map(wanted => `${path}:${contracts[0]?.line}: declares a contract, but ${wanted} is missing`),
  )
}

function contractsAreListed(tree: Tree) {
  const list = withoutComments(tree.get('native/kernels/contracts.h') ?? '')
  const listed = /\bContracts\s*=\s*ContractList<([^>]*)>/
    .exec(list)?.[1]
    ?.split(',')
    .map(name => name.trim())
  return [...contractHeaders(tree)].flatMap(({ path, contracts }) =>
    contracts
      .filter(({ struct }) => !listed?.includes(struct))
      .map(({ struct, line }) => `${path}:${line}: ${struct} is not in the list of native/kernels/contracts.h`),
  )
}

export const rules = {
  everyFolderIsOnARung,
  arrowsGoDown,
  nothingImportsTheSurface,
  onlyAddonIncludesNodeApi: onlyIn('native/addon/', /^(napi(-inl)?|(js_native|node)_api(_types)?)\.h$/),
  onlyBindingLoadsTheAddon,
  onlySimdIncludesIntrinsics: onlyIn('native/cpu/simd/', /^(\w*intrin|arm_(neon|sve|bf16|fp16|acle))\.h$/),
  onlySimdHasIsaFlags,
  filesAreShort,
  namesSayWhatIsInside,
  kernelsAreComplete,
  contractsAreListed,
} satisfies Record<string, (tree: Tree) => string[]>
