// A model on a device of its own, filled.
import { settle } from '../binding/job.js'
import { native } from '../binding/load.js'
import type { NativeContext, NativeJob, NativeModel } from '../binding/native-types.js'

/**
 * Opens a device, makes a model on it and fills that; what goes wrong, or an abort, gives all of it back.
 * @throws XlingError `ERR_OUT_OF_MEMORY`, what `create` and `fill` throw, and the signal's reason
 */
export async function filledModel(
  { device = 'auto', signal }: { device: 'auto' | 'cpu' | 'cuda' | undefined; signal: AbortSignal | undefined },
  create: (context: NativeContext) => NativeModel,
  fill: (model: NativeModel) => NativeJob<void>,
): Promise<{ context: NativeContext; model: NativeModel }> {
  const context = await settle(() => native.openContext(device), signal)
  try {
    const model = create(context)
    await settle(() => fill(model), signal)
    return { context, model }
  } catch (error) {
    await settle(() => native.disposeContext(context))
    throw error
  }
}
