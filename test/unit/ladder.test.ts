// The house keeps its shape: rungs, borders, names and sizes. Every rule is
// also fed a small violation, since a rule that cannot fail guards nothing.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { rules, type Tree } from './ladder/rules.js'

type RuleName = keyof typeof rules

const root = dirname(fileURLToPath(import.meta.resolve('xling/package.json')))

// Sources only: data beside them (goldens, corpora, lists) has its own length.
const isData = (name: string) =>
  /(?<!CMakeLists)\.(json|jsonl|csv|tsv|txt|safetensors|gguf|npy|npz|bin|model)$/.test(name)

function readTree(): Tree {
  const folders = ['native', 'src', 'test', 'scripts', 'cmake']
    .filter(folder => existsSync(join(root, folder)))
    .flatMap(folder => readdirSync(join(root, folder), { withFileTypes: true, recursive: true }))
  const files = folders
    .filter(entry => entry.isFile() && !isData(entry.name))
    .map(entry => relative(root, join(entry.parentPath, entry.name)))
  const builds = readdirSync(root).filter(name => /^CMakeLists\.txt$|\.cmake$|\.gyp$/.test(name))
  return new Map([...files, ...builds].map(path => [path, readFileSync(join(root, path), 'utf8')]))
}

// What each rule that finds anything finds.
function findings(tree: Tree) {
  const found: Partial<Record<RuleName, string[]>> = {}
  for (const [name, rule] of Object.entries(rules) as [RuleName, (tree: Tree) => string[]][]) {
    const violations = rule(tree)
    if (violations.length > 0) found[name] = violations
  }
  return found
}

// A small house in order, with what only looks like a violation.
const sound: Record<string, string> = {
  'CMakeLists.txt': [
    '# -mavx2 is for native/cpu/simd alone',
    'set_source_files_properties(native/cpu/simd/avx2.cc PROPERTIES # (the lanes)',
    '  COMPILE_OPTIONS "-mavx2;',
    '    -mfma")',
    '',
  ].join('\n'),
  'native/core/shape.h': '#include <vector>\n// #include "addon/addon.h"\n',
  'native/core/shape.cc': '#include "shape.h"\n#include "core/shape.h"\n',
  'native/io/gguf.cc': '#include "core/shape.h"\n',
  'native/kernels/contract.h': '// static constexpr char name[]  the stem\n#include "core/shape.h"\n',
  'native/kernels/contracts.h': '#include "kernels/norm.h"\nusing Contracts = ContractList<Norm, NormBackward>;\n',
  'native/kernels/norm.h': [
    '#include "kernels/contract.h"',
    'struct Norm {',
    '  struct Part {};',
    '  static constexpr char name[] = "norm";',
    '  static void fields() {}',
    '};',
    'struct NormBackward : Base {',
    '  static constexpr char name[] = "norm_backward";',
    '};',
    '',
  ].join('\n'),
  'native/backend/backend.h': '#include "kernels/contracts.h"\n',
  'native/cpu/norm.cc': '#include "cpu/simd/avx2.h"\n',
  'native/cpu/simd/avx2.h': '#include <immintrin.h>\n#include "backend/backend.h"\n',
  'native/cuda/norm.cu': '#include <cuda/std/array>\n#include "backend/backend.h"\n',
  'native/autograd/tape.h': '#include "backend/backend.h"\n',
  'native/nn/linear.h': '#include "autograd/tape.h"\n',
  'native/losses/masked.h': '#include "nn/linear.h"\n',
  'native/models/decoder.h': '#include "nn/linear.h"\n#include "core/shape.h"\n',
  'native/sampling/sampler.h': '#include "models/decoder.h"\n#include "losses/masked.h"\n',
  'native/addon/addon.cc': [
    '#include <napi.h>',
    '#include "sampling/sampler.h"',
    '#include "cpu/simd/avx2.h"',
    '#include "io/gguf.h"',
    '',
  ].join('\n'),
  'scripts/build.js': "const addon = 'build/Release/xling.node'\n",
  'src/binding/load.ts': "import load from 'node-gyp-build'\nprocess.dlopen(module, 'xling.node')\nrequire(path)\n",
  'src/model/decoder.ts': "import {\n  type Addon,\n} from '../binding/load.js'\n",
  'src/data/rows.ts': "export * from '../model/decoder.js'\n",
  'src/train/loop.ts': "/** import { train } from 'xling' */\nimport { Row } from '#xling/data/rows'\n",
  'src/pipeline/stage.ts': "const loop = await import('../train/loop.js')\n",
  'src/quickstart/story.ts': "import '../pipeline/stage.js'\n",
  'src/cli/main.ts': [
    "import { readFileSync } from 'node:fs'",
    "import '../pipeline/stage.js'",
    "import '../binding/load.js'",
    "import version from '../../package.json' with { type: 'json' }",
    "const quotes = name.replace(/['`]/g, '') // import '../index.js'",
    `const text = \`\${names.map(name => \`\${name} from '../index.js'\`)} from '../index.js'\``,
    "console.log(\"from '../index.js'\", 'cannot load xling.node')",
    '',
  ].join('\n'),
  'src/index.ts': "export { train } from './train/loop.js'\nexport { main } from './cli/main.js'\n",
  'src/kernels.ts': "export * from './binding/load.js'\n",
  'test/bench/kernels/norm.ts': "import 'xling'\n",
  'test/native/kernels/norm_test.cc': '#include "cpu/simd/avx2.h"\n',
  'test/unit/index.test.ts': "import '../../src/index.js'\n".repeat(600),
}

test('a house in order has no violation', () => assert.deepEqual(findings(new Map(Object.entries(sound))), {}))

// What each rung may not use, written out: the rest is below it, and allowed.
const forbidden = {
  native: {
    core: 'io kernels backend cpu cuda autograd nn losses models sampling addon',
    io: 'kernels backend cpu cuda autograd nn losses models sampling addon',
    kernels: 'io backend cpu cuda autograd nn losses models sampling addon',
    backend: 'io cpu cuda autograd nn losses models sampling addon',
    cpu: 'io cuda autograd nn losses models sampling addon',
    cuda: 'io cpu autograd nn losses models sampling addon',
    autograd: 'io cpu cuda nn losses models sampling addon',
    nn: 'io cpu cuda losses models sampling addon',
    losses: 'io cpu cuda models sampling addon',
    models: 'io cpu cuda losses sampling addon',
    sampling: 'io cpu cuda addon',
    addon: '',
  },
  src: {
    binding: 'files tokenizer adapter model data prompt parse train generate eval pipeline quickstart cli',
    files: 'tokenizer adapter model data prompt parse train generate eval pipeline quickstart cli',
    tokenizer: 'adapter model data prompt parse train generate eval pipeline quickstart cli',
    adapter: 'tokenizer model data prompt parse train generate eval pipeline quickstart cli',
    model: 'data prompt parse train generate eval pipeline quickstart cli',
    data: 'prompt parse train generate eval pipeline quickstart cli',
    prompt: 'data parse train generate eval pipeline quickstart cli',
    parse: 'data prompt train generate eval pipeline quickstart cli',
    train: 'generate eval pipeline quickstart cli',
    generate: 'train eval pipeline quickstart cli',
    eval: 'train generate pipeline quickstart cli',
    pipeline: 'quickstart cli',
    quickstart: 'cli',
    cli: '',
  },
}

for (const [side, rungs] of Object.entries(forbidden))
  for (const [rung, others] of Object.entries(rungs))
    test(`${side}/${rung} uses what is below it and nothing else`, () => {
      for (const other of Object.keys(rungs).filter(name => name !== rung)) {
        const native = side === 'native'
        const path = `${side}/${rung}/user.${native ? 'cc' : 'ts'}`
        const used = `${side}/${other}/used.${native ? 'h' : 'ts'}`
        const line = native ? `#include "${other}/used.h"` : `export {} from '../${other}/used.js'`
        const found = `${path}:2: ${native ? 'includes' : 'imports'} ${used}, but ${other} is not below ${rung}`
        const tree = new Map([...Object.entries(sound), [path, `\n${line}\n`], [used, '']])
        assert.deepEqual(findings(tree), others.split(' ').includes(other) ? { arrowsGoDown: [found] } : {})
      }
    })

// A file added or changed (or removed: undefined) and what is found; the path stands before it unless it is another's.
type Violation = [path: string, text: string | undefined, found: string]

const simdOnly = 'reaches more than files of native/cpu/simd/'
const norm = sound['native/kernels/norm.h'] ?? ''

const violations: Record<RuleName, Violation[]> = {
  everyFolderIsOnARung: [
    ['native/gizmo/a.h', '', '1: native/gizmo is on no rung'],
    ['native/a.h', '', '1: native/a.h is on no rung'],
    ['src/gizmo/deep/a.ts', '', '1: src/gizmo is on no rung'],
    ['src/main.ts', '', '1: src/main.ts is on no rung'],
  ],
  arrowsGoDown: [
    ['native/core/a.h', '\n#include "gizmo/b.h"', '2: includes native/gizmo/b.h, but native/gizmo is on no rung'],
    ['native/core/a.cuh', '#include "../io/gguf.cc"', '1: includes native/io/gguf.cc, but io is not below core'],
    ['native/core/a.cu', '#  include <io/gguf.cc>', '1: includes native/io/gguf.cc, but io is not below core'],
    ['native/core/a.inc', '/* */ #include "io/x.h"', '1: includes native/io/x.h, but io is not below core'],
    ['native/core/a.cc', '#include "../io/b.h"', '1: includes native/io/b.h, but io is not below core'],
    ['native/core/a.cc', '#include "../../src/cli/b.h"', '1: includes src/cli/b.h, but src/cli is on no rung'],
    ['native/core/a.cc', '#include HEADER', '1: includes a computed path, which no check can follow'],
    ['src/data/a.ts', "import {\n} from '../cli/main.js'", '2: imports src/cli/main.ts, but cli is not below data'],
    ['src/data/a.ts', "import '#xling/cli/main'", '1: imports src/cli/main.ts, but cli is not below data'],
    ['src/data/a.ts', "\nawait import('../cli/main.js')", '2: imports src/cli/main.ts, but cli is not below data'],
    ['src/data/a.ts', "type A = import('../cli/a.js').A", '1: imports src/cli/a.ts, but cli is not below data'],
    ['src/data/a.ts', "import /* it */ '../cli/a.js'", '1: imports src/cli/a.ts, but cli is not below data'],
    ['src/data/a.ts', "f(/`/)\nimport '../cli/a.js' // `", '2: imports src/cli/a.ts, but cli is not below data'],
    ['src/data/a.ts', "require('../cli/a.js')", '1: imports src/cli/a.ts, but cli is not below data'],
    ['src/data/a.ts', 'await import(path)', '1: imports a computed path, which no check can follow'],
    ['src/data/a.ts', "import '../../test/a.js'", '1: imports test/a.ts, but test/a.ts is on no rung'],
    ['src/index.ts', "export * from './gizmo/a.js'", '1: imports src/gizmo/a.ts, but src/gizmo is on no rung'],
  ],
  nothingImportsTheSurface: [
    ['src/cli/a.ts', "import '../index.js'", '1: imports src/index.ts, the public surface, which only tests may'],
    ['src/cli/a.ts', "\nimport 'xling'", '2: imports src/index.ts, the public surface, which only tests may'],
    ['src/index.ts', "import './kernels.js'", '1: imports src/kernels.ts, the public surface, which only tests may'],
  ],
  onlyAddonIncludesNodeApi: [
    ['native/core/a.h', '\n#include <napi.h>', '2: includes napi.h, which only native/addon/ may'],
    ['native/models/a.cu', '#include <node/node_api.h>', '1: includes node/node_api.h, which only native/addon/ may'],
  ],
  onlyBindingLoadsTheAddon: [
    ['src/model/a.ts', "\nimport 'node-gyp-build'", '2: node-gyp-build loads the addon, which only src/binding/ may'],
    [
      'src/index.ts',
      "createRequire(url)('./xling.node')",
      '1: ./xling.node loads the addon, which only src/binding/ may',
    ],
    ['src/cli/a.ts', 'process.dlopen(module, path)', '1: dlopen loads the addon, which only src/binding/ may'],
  ],
  onlySimdIncludesIntrinsics: [
    ['native/cpu/a.cc', '\n#include <immintrin.h>', '2: includes immintrin.h, which only native/cpu/simd/ may'],
    ['test/native/a.cc', '#include <arm_neon.h>', '1: includes arm_neon.h, which only native/cpu/simd/ may'],
  ],
  onlySimdHasIsaFlags: [
    ['CMakeLists.txt', '\nadd_compile_options(-Wall -mavx2)', `2: -mavx2 ${simdOnly}`],
    ['CMakeLists.txt', 'set(CMAKE_CXX_FLAGS "-O3\n -march=native")', `2: -march=native ${simdOnly}`],
    [
      'CMakeLists.txt',
      'set_source_files_properties(native/cpu/simd/avx2.cc native/cpu/a.cc\n  PROPERTIES COMPILE_OPTIONS "-O3;-mfma")',
      `2: -mfma ${simdOnly}`,
    ],
    ['cmake/isa.cmake', 'set(FLAGS -mavx512f)', `1: -mavx512f ${simdOnly}`],
    ['binding.gyp', "{ 'cflags': ['-mf16c'] }", `1: -mf16c ${simdOnly}`],
  ],
  filesAreShort: [
    ['native/core/a.cc', '\n'.repeat(601), '601: 601 lines are more than 600'],
    ['scripts/a.js', `${'\n'.repeat(600)}a`, '601: 601 lines are more than 600'],
  ],
  namesSayWhatIsInside: [
    ['test/unit/string-utils.ts', '', "1: 'utils' says nothing of what is inside"],
    ['native/core/cache_manager.cc', '', "1: 'manager' says nothing of what is inside"],
    ['src/data/helpers/a.ts', '', "1: 'helpers' says nothing of what is inside"],
    ['scripts/misc.js', '', "1: 'misc' says nothing of what is inside"],
  ],
  kernelsAreComplete: ['native/cpu/norm.cc', 'test/native/kernels/norm_test.cc', 'test/bench/kernels/norm.ts'].map(
    path => [path, undefined, `native/kernels/norm.h:4: declares a contract, but ${path} is missing`],
  ),
  contractsAreListed: [
    [
      'native/kernels/norm.h',
      norm.replace('NormBackward', 'NormTwice'),
      '8: NormTwice is not in the list of native/kernels/contracts.h',
    ],
  ],
}

for (const [rule, cases] of Object.entries(violations))
  test(`${rule} catches its own violation and nothing else`, () => {
    assert.ok(cases.length > 0)
    for (const [path, text, found] of cases) {
      const tree = new Map([...Object.entries(sound), [path, text ?? '']])
      if (text === undefined) tree.delete(path)
      assert.deepEqual(findings(tree), { [rule]: [/^\d/.test(found) ? `${path}:${found}` : found] })
    }
  })

const tree = readTree()
for (const [name, rule] of Object.entries(rules)) test(`this tree: ${name}`, () => assert.deepEqual(rule(tree), []))

test('this tree was read', () => {
  for (const path of ['CMakeLists.txt', 'native/kernels/contracts.h', 'src/index.ts', 'scripts/build-native.js'])
    assert.ok(tree.get(path), `${path} is not among the ${tree.size} files read`)
})
