// Builds one target of the CMake project: node scripts/build-native.js xling
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'

function runs(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0
}

function stop(line) {
  console.error(line)
  process.exit(1)
}

if (!runs('cmake')) stop('xling: cmake is missing; install it (Debian: apt-get install cmake) and run this again')
if (![process.env.CXX, 'c++', 'g++', 'clang++'].some(compiler => compiler && runs(compiler)))
  stop('xling: a C++17 compiler is missing; install one (Debian: apt-get install g++) and run this again')

// Beside whatever node-gyp writes into build/: CMake may make a Makefile, too.
const out = 'build/cmake'

// Quiet while it goes well, whole when it fails.
const [target, ...options] = process.argv.slice(2)
const cmakeJs = createRequire(import.meta.url).resolve('cmake-js/bin/cmake-js')
const build = spawnSync(process.execPath, [cmakeJs, 'build', '--out', out, '--target', target, ...options], {
  encoding: 'utf8',
})
if (build.status !== 0) stop(`${build.stdout}${build.stderr}\nxling: building ${target} failed`)
