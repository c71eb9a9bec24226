// What the built addon asks of a machine and shows to a process, read from the
// file itself: a machine that is older than the builder must load it, and no
// function built for a newer processor may stand in for a common one.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = dirname(fileURLToPath(import.meta.resolve('xling/package.json')))

const newestGlibc = [2, 34] as const
const libraries = ['libc', 'libm', 'libpthread', 'libdl', 'libgcc_s', 'ld-linux-x86-64']

// What `readelf -W` prints with each of these options.
interface Readelf {
  dynamic: string // -d
  versions: string // -V
  symbols: string // --dyn-syms
  segments: string // -l
}

const columns = (text: string, row: RegExp) =>
  [...text.matchAll(row)].map(found => found.slice(1).map(part => part ?? ''))

function libraryProblems(dynamic: string): string[] {
  const needed = columns(dynamic, /\(NEEDED\)\s+Shared library: \[(.+)\]/g).flat()
  if (needed.length === 0) return ['needs no library at all: is this a shared object?']
  return needed
    .filter(name => !libraries.includes(name.replace(/\.so\.\d+$/, '')))
    .map(name => `needs ${name}, which a machine may lack`)
}

// A version may be needed without a symbol, so the list of versions decides, not the symbols.
function versionProblems(versions: string): string[] {
  const [, needs = ''] = versions.split('Version needs section')
  const names = columns(needs, /Name: (\S+)\s+Flags:/g).flat()
  if (!names.some(name => name.startsWith('GLIBC_'))) return ['needs no version of glibc: is this a shared object?']
  return names.flatMap(name => {
    if (/^GCC_[\d.]+$/.test(name)) return []
    const [, major, minor] = /^GLIBC_(\d+)\.(\d+)(\.\d+)?$/.exec(name)?.map(Number) ?? []
    if (major === undefined || minor === undefined) return [`needs ${name}, which is not of the C library`]
    const newer = major > newestGlibc[0] || (major === newestGlibc[0] && minor > newestGlibc[1])
    return newer ? [`needs ${name}, newer than GLIBC_${newestGlibc.join('.')}`] : []
  })
}

const entryPoint = /^(napi_register_module|node_api_module_get_api_version)_v\d+$/

// Node gives the Node-API functions without a version; every other import has one, or may be absent (WEAK).
function symbolProblems(symbols: string): string[] {
  const rows = columns(symbols, /^ +\d+: [0-9a-f]+ +\S+ +\S+ +(\S+) +\S+ +(\S+) (\S+)/gm).map(
    ([bind, section, name]) => ({
      bind,
      name: name ?? '',
      defined: section !== 'UND',
    }),
  )
  const exported = rows.filter(({ defined, bind }) => defined && bind !== 'LOCAL').map(({ name }) => name)
  const imported = rows.filter(({ defined, bind }) => !defined && bind === 'GLOBAL').map(({ name }) => name)
  return [
    ...(exported.some(name => entryPoint.test(name)) ? [] : ['exports no entry point of the Node-API']),
    ...exported.filter(name => !entryPoint.test(name)).map(name => `exports ${name}`),
    ...imported
      .filter(name => !/^(napi|node_api)_|@/.test(name))
      .map(name => `imports ${name}, which no library it names gives`),
    ...imported.filter(name => /@(GLIBCXX|CXXABI)_/.test(name)).map(name => `imports ${name}`),
  ]
}

function flagProblems(dynamic: string, segments: string): string[] {
  const flags = columns(dynamic, /\(FLAGS_1\)\s+Flags: (.*)/g)
    .flat()
    .join(' ')
    .split(' ')
  const stack = /GNU_STACK(?:\s+0x[0-9a-f]+){5}\s+(R?W?E?)\s/.exec(segments)?.[1]
  return [
    ...(flags.includes('NODELETE') ? [] : ['may be unloaded: the NODELETE flag is missing']),
    ...(stack === 'RW' ? [] : [`its stack is executable: GNU_STACK is ${stack ?? 'missing'}`]),
  ]
}

const addonProblems = ({ dynamic, versions, symbols, segments }: Readelf) => [
  ...libraryProblems(dynamic),
  ...versionProblems(versions),
  ...symbolProblems(symbols),
  ...flagProblems(dynamic, segments),
]

// In `nm -C -g --defined-only` of an ISA's object file, what does not carry the ISA's tag in its name.
function untagged(definitions: string, table: string, tag: string): string[] {
  const names = columns(definitions, /^[0-9a-f]+ \S (.+)$/gm).flat()
  if (!names.includes(table)) return [`${table} is not defined`]
  return names.filter(name => name !== table && !new RegExp(`\\b${tag}\\b`).test(name))
}

const sound: Readelf = {
  dynamic: [
    ' 0x01 (NEEDED)   Shared library: [libc.so.6]',
    ' 0x01 (NEEDED)   Shared library: [libgcc_s.so.1]',
    ' 0x6ffffffb (FLAGS_1)   Flags: NOW NODELETE',
  ].join('\n'),
  versions: [
    "Version definition section '.gnu.version_d'\n  0x001c: Name: XLING_9  Flags: none",
    "Version needs section '.gnu.version_r' contains 2 entries:",
    '  0x0010:   Name: GLIBC_2.34  Flags: none  Version: 3',
    '  0x0020:   Name: GLIBC_2.2.5  Flags: none  Version: 2',
    '  0x0030:   Name: GCC_3.0  Flags: none  Version: 4',
  ].join('\n'),
  symbols: [
    '   Num:    Value          Size Type    Bind   Vis      Ndx Name',
    '     0: 0000000000000000     0 NOTYPE  LOCAL  DEFAULT  UND ',
    '     1: 0000000000000000     0 NOTYPE  GLOBAL DEFAULT  UND napi_throw',
    '     2: 0000000000000000     0 NOTYPE  WEAK   DEFAULT  UND __gmon_start__',
    '     3: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND memcpy@GLIBC_2.14 (3)',
    '     4: 0000000000020710    28 FUNC    GLOBAL DEFAULT   12 napi_register_module_v1',
  ].join('\n'),
  segments: '  GNU_STACK      0x000000 0x0000000000000000 0x0000000000000000 0x000000 0x000000 RW  0x10\n',
}

// [what is read, text in it, text instead, what is found]
const violations: [keyof Readelf, string, string, string][] = [
  ['dynamic', 'libc.so.6', 'libstdc++.so.6', 'needs libstdc++.so.6, which a machine may lack'],
  ['dynamic', sound.dynamic, '(FLAGS_1) Flags: NODELETE', 'needs no library at all: is this a shared object?'],
  ['dynamic', ' NODELETE', '', 'may be unloaded: the NODELETE flag is missing'],
  ['versions', 'GLIBC_2.34', 'GLIBC_2.35', 'needs GLIBC_2.35, newer than GLIBC_2.34'],
  ['versions', 'GLIBC_2.34', 'GLIBC_3.0', 'needs GLIBC_3.0, newer than GLIBC_2.34'],
  ['versions', 'GLIBC_2.34', 'GLIBC_ABI_DT_RELR', 'needs GLIBC_ABI_DT_RELR, which is not of the C library'],
  ['versions', 'GCC_3.0', 'GLIBCXX_3.4', 'needs GLIBCXX_3.4, which is not of the C library'],
  ['versions', sound.versions, '', 'needs no version of glibc: is this a shared object?'],
  ['symbols', '__gmon_start__', '\n 9: 0 1 OBJECT  UNIQUE DEFAULT   24 _ZStL8x', 'exports _ZStL8x'],
  ['symbols', 'napi_register_module_v1', 'x@@V1', 'exports no entry point of the Node-API|exports x@@V1'],
  ['symbols', 'napi_throw', 'uv_run', 'imports uv_run, which no library it names gives'],
  ['symbols', 'memcpy@GLIBC_2.14', '_Znwm@GLIBCXX_3.4', 'imports _Znwm@GLIBCXX_3.4'],
  ['segments', 'RW ', 'RWE', 'its stack is executable: GNU_STACK is RWE'],
  ['segments', 'GNU_STACK', 'LOAD', 'its stack is executable: GNU_STACK is missing'],
]

test('a sound addon has no problem, and each problem is found alone', () => {
  assert.deepEqual(addonProblems(sound), [])
  for (const [part, text, instead, found] of violations) {
    assert.ok(sound[part].includes(text), text)
    assert.deepEqual(addonProblems({ ...sound, [part]: sound[part].replace(text, instead) }), found.split('|'))
  }
})

test("an ISA's definition without its tag is found", () => {
  const tagged = '00 D ns::avx2\n00 W float ns::sum<ns::vec<8, ns::Avx2>, float>(long)\n'
  const common = ['std::vector<int>::push_back(int&&)', 'ns::sum<ns::vec<16, ns::Avx2048> >()', 'ns::avx2_more']
  assert.deepEqual(untagged(tagged, 'ns::avx2', 'Avx2'), [])
  for (const [at, name] of common.entries())
    assert.deepEqual(untagged(`${tagged}0000000000000010 ${'WVu'[at]} ${name}\n`, 'ns::avx2', 'Avx2'), [name])
  assert.deepEqual(untagged('', 'ns::avx2', 'Avx2'), ['ns::avx2 is not defined'])
})

function run(tool: string, ...args: string[]): string {
  const ran = spawnSync(tool, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' }, maxBuffer: 1 << 28 })
  assert.equal(ran.status, 0, `${tool} ${args.join(' ')}: ${ran.error?.message ?? ran.stderr}`)
  return ran.stdout
}

function whyNot(): string | false {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'reads the binary of Linux on x64 only'
  const missing = ['readelf', 'nm'].filter(tool => spawnSync(tool, ['--version']).status !== 0)
  return missing.length > 0 && `${missing.join(' and ')} of binutils is not here`
}

const skip = whyNot()

test('the addon asks only for what every machine has, and shows only its entry point', { skip }, () => {
  const read = (option: string) => run('readelf', '-W', option, join(root, 'build/Release/xling.node'))
  const addon = { dynamic: read('-d'), versions: read('-V'), symbols: read('--dyn-syms'), segments: read('-l') }
  assert.deepEqual(addonProblems(addon), [])
})

for (const tag of ['Avx2', 'Avx512'])
  test(`what ${tag}'s object file defines carries its name`, { skip }, () => {
    const isa = tag.toLowerCase()
    const object = join(root, `build/cmake/CMakeFiles/xling_engine.dir/native/cpu/simd/${isa}.cc.o`)
    assert.deepEqual(untagged(run('nm', '-C', '-g', '--defined-only', object), `xling::simd::${isa}`, tag), [])
  })
