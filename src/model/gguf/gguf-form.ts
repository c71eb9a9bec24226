// How GGUF files have a family of decoders.
import type { LayerModules } from '../weight-names.js'
import type { GgufFields } from './gguf-fields.js'

export interface GgufForm {
  /** As `general.architecture` names it. */
  readonly architecture: string
  /**
   * What the file says and implies of the model, as a config.json.
   * @throws XlingError `ERR_MALFORMED_FILE`, `ERR_UNSUPPORTED_FILE`
   */
  config(fields: GgufFields): object
  /** Names within `blk.<i>.` */
  readonly modules: LayerModules
  /** Whether rows of queries and keys are stored in the order of rotations by neighbours: see `pairedHeads`. */
  readonly pairedHeads: boolean
}
