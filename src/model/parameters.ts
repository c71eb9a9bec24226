// What trains, as arrays by name.
import { XlingError } from '../binding/errors.js'
import { settle } from '../binding/job.js'
import { native } from '../binding/load.js'
import type { NativeAdapter, NativeModel } from '../binding/native-types.js'

/** A tensor's numbers, row-major. */
export interface Parameter {
  shape: readonly number[]
  data: Float32Array
}

/** By name. */
export type Parameters = Record<string, Parameter>

/** Whose they are: an adapter's, or the model's own without one. */
export interface ParameterOwner {
  readonly model: NativeModel
  readonly adapter?: NativeAdapter
  /** What the engine's tensors are called outside; it has all that train. */
  readonly names: ReadonlyMap<string, string>
}

/** Copies: of the values, or of the gradients over the count since `zeroGrad()`, which are zero where there are none. */
export async function readParameters(owner: ParameterOwner, which: 'values' | 'gradients'): Promise<Parameters> {
  const read = await settle(() => native.readParameters(owner.model, owner.adapter, which))
  return Object.fromEntries(
    read.map(({ name, shape, data }) => [owner.names.get(name) ?? name, { shape, data }] as const),
  )
}

/**
 * Sets all values at once.
 * @param where names the method in errors
 * @throws XlingError `ERR_INVALID_ARGUMENT` for a name too few or too many, `ERR_INVALID_SHAPE`, `ERR_NON_FINITE`;
 * nothing is changed then
 */
export async function writeParameters(owner: ParameterOwner, where: string, given: Parameters): Promise<void> {
  if (typeof given !== 'object' || given === null)
    throw new XlingError('ERR_INVALID_ARGUMENT', `${where}: give an object of arrays by name, as parameters() does`)
  const current = await settle(() => native.readParameters(owner.model, owner.adapter, 'values'))
  const own = new Map(current.map(tensor => [owner.names.get(tensor.name) ?? tensor.name, tensor]))
  const missing = [...own.keys()].filter(name => !Object.hasOwn(given, name))
  const unknown = Object.keys(given).filter(name => !own.has(name))
  if (missing.length + unknown.length > 0)
    throw new XlingError(
      'ERR_INVALID_ARGUMENT',
      `${where}: ${[...missing.slice(0, 3).map(name => `${name} is missing`), ...unknown.slice(0, 3).map(name => `nothing called ${name} trains`)].join(', ')}; give what parameters() names, all of it`,
    )
  const values = [...own].map(([name, { name: slot, shape }]) => {
    const { data } = given[name] ?? {}
    check(where, name, { shape, given: given[name] })
    return { name: slot, data: data as Float32Array }
  })
  await settle(() => native.writeParameters(owner.model, owner.adapter, values))
}

function check(where: string, name: string, { shape, given }: { shape: readonly number[]; given: unknown }): void {
  const { data, shape: own = shape } = (given ?? {}) as Partial<Parameter>
  if (!(data instanceof Float32Array))
    throw new XlingError('ERR_INVALID_ARGUMENT', `${where}: ${name} must be { shape, data: Float32Array }`)
  const count = shape.reduce((product, size) => product * size, 1)
  if (data.length !== count || own.join() !== shape.join())
    throw new XlingError(
      'ERR_INVALID_SHAPE',
      `${where}: ${name} is [${shape}] but was given ${data.length} numbers as [${own}]`,
    )
  const at = data.findIndex(value => !Number.isFinite(value))
  if (at >= 0) throw new XlingError('ERR_NON_FINITE', `${where}: ${name} has ${data[at]} at ${at}; give finite numbers`)
}
