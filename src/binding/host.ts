import { native } from './load.js'
import type { HostInfo } from './native-types.js'

/** What this build and this machine offer. */
export function hostInfo(): HostInfo {
  return native.describeHost()
}
