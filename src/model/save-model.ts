// A model's weights and configuration as a folder in Hugging Face's layout.
import { resolve } from 'node:path'
import { settle } from '../binding/job.js'
import { native } from '../binding/load.js'
import type { NativeModel, NativeTerm } from '../binding/native-types.js'
import { checkChoice } from '../binding/options.js'
import { type Companions, saveFolder } from './save-folder.js'
import type { Weight } from './weight-names.js'

export type SavedDtype = 'bf16' | 'f16' | 'f32'

export interface SaveSettings {
  readonly dtype: SavedDtype
  /** Adapters that become part of the written weights. */
  readonly merge: readonly NativeTerm[] | undefined
  readonly signal: AbortSignal | undefined
}

const dtypeNames = { bf16: 'bfloat16', f16: 'float16', f32: 'float32' }

/**
 * @param saved.config what config.json has, but for the dtype
 * @throws XlingError `ERR_INVALID_ARGUMENT`, `ERR_DISK_FULL`, `ERR_FILE_FAILED`; what was written until then does not load
 */
export async function saveModel(
  model: NativeModel,
  saved: { folder: string; weights: readonly Weight[]; config: object; companions: Companions },
  { dtype, merge, signal }: SaveSettings,
): Promise<void> {
  checkChoice('save: dtype', dtype, Object.keys(dtypeNames))
  const { folder, weights, config, companions } = saved
  const tensors = weights.map(({ slot, name, shape }) => ({
    slot,
    name,
    bytes: shape.reduce((product, size) => product * size, dtype === 'f32' ? 4 : 2),
  }))
  const whole = { folder: resolve(folder), config: withDtype(config, dtype), tensors, companions }
  await saveFolder(whole, (path, shard) => {
    const names = shard.map(({ slot, name }) => [slot, name] as const)
    return settle(() => native.saveModel(model, path, names, dtype, merge), signal)
  })
}

/** The configuration of the weights as they are written: their dtype, and nothing of how they were quantised. */
function withDtype(config: object, dtype: SavedDtype): object {
  const { quantization_config: _, dtype: __, torch_dtype: ___, ...rest } = config as Record<string, unknown>
  return { ...rest, torch_dtype: dtypeNames[dtype] }
}
