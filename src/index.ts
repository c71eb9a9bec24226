/** The public surface of xling. */
export { type ErrorCode, XlingError } from './binding/errors.js'
export { version } from './binding/load.js'
export type { DeviceInfo } from './binding/native-types.js'
