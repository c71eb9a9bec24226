// Builds the addon from nothing through binding.gyp, and puts it where the package looks for it on a machine without a
// compiler: node scripts/prebuild.js, from within an npm script, which has npm's own node-gyp in its path.
import { spawnSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

// node-gyp wants Node's headers and fetches them, but for those that lie beside this node.
const prefix = dirname(dirname(realpathSync(process.execPath)))
const ownHeaders = existsSync(join(prefix, 'include/node/node_api.h')) ? { npm_config_nodedir: prefix } : {}

const prebuildify = createRequire(import.meta.url).resolve('prebuildify/bin.js')
const { status } = spawnSync(process.execPath, [prebuildify, '--napi', '--strip'], {
  stdio: 'inherit',
  env: { ...process.env, ...ownHeaders },
})
process.exitCode = status ?? 1
