import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { XlingError } from './errors.js'
import type { NativeAddon } from './native-types.js'

const require = createRequire(import.meta.url)
const packageRoot = fileURLToPath(new URL('../..', import.meta.url))

/** Version of this package. */
export const version: string = require('../../package.json').version

/** File of the addon that is loaded: the local build, else the prebuild of this platform. */
export function addonPath(): string {
  try {
    return (require('node-gyp-build') as { path(root: string): string }).path(packageRoot)
  } catch (cause) {
    throw new XlingError(
      'ERR_ADDON_MISSING',
      `xling has no native addon for ${process.platform}-${process.arch} in ${packageRoot}; ` +
        "build it there with 'npm run build' (needs cmake and a C++17 compiler)",
      { cause },
    )
  }
}

function load(): NativeAddon {
  const path = addonPath()
  try {
    const addon = require(path) as NativeAddon
    addon.setErrorClass(XlingError)
    return addon
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new XlingError(
      'ERR_ADDON_MISSING',
      `the native addon ${path} does not load here (${reason}); it needs glibc 2.34 or newer, or a build made on this machine`,
      { cause },
    )
  }
}

/** The addon, loaded once per environment. */
export const native: NativeAddon = load()
