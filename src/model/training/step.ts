// One step of the optimizer: its settings.
import { XlingError } from '../../binding/errors.js'
import type { NativeStep } from '../../binding/native-types.js'
import { checkOptions } from '../../binding/options.js'

/** AdamW (Loshchilov & Hutter 2019) as torch.optim.AdamW computes it. */
export interface StepOptions {
  /** Learning rate, 0 or more. */
  lr: number
  /** Taken off every parameter times lr, 0 or more; default 0. */
  weightDecay?: number
  /** Parameters whose name it matches somewhere decay by nothing. */
  noDecay?: RegExp
  /** The gradients' norm is cut to this, above 0; default: not at all. */
  clip?: number
  /** From 0 to below 1; default `[0.9, 0.999]`. */
  betas?: readonly [number, number]
  /** Above 0; default 1e-8. */
  eps?: number
}

/**
 * @param where for messages
 * @throws XlingError `ERR_UNKNOWN_OPTION`, `ERR_INVALID_ARGUMENT`
 */
export function nativeStep(options: StepOptions, where = 'step'): Omit<NativeStep, 'targets'> {
  checkOptions(where, options, ['lr', 'weightDecay', 'noDecay', 'clip', 'betas', 'eps'])
  const { lr, weightDecay = 0, noDecay, clip, betas = [0.9, 0.999], eps = 1e-8 } = options
  const check = (name: string, value: unknown, fits: boolean, accepted: string) => {
    if (!fits) throw new XlingError('ERR_INVALID_ARGUMENT', `${where}: ${name} is ${value} but must be ${accepted}`)
  }
  const [beta1, beta2] = Array.isArray(betas) ? betas : [Number.NaN, Number.NaN]
  check('lr', lr, Number.isFinite(lr) && lr >= 0, 'a number, 0 or more')
  check('weightDecay', weightDecay, Number.isFinite(weightDecay) && weightDecay >= 0, 'a number, 0 or more')
  check('clip', clip, clip === undefined || (Number.isFinite(clip) && clip > 0), 'a number above 0')
  const bothFit = [beta1, beta2].every(beta => Number.isFinite(beta) && beta >= 0 && beta < 1)
  check('betas', betas, bothFit, 'two numbers, from 0 to below 1')
  check('eps', eps, Number.isFinite(eps) && eps > 0, 'a number above 0')
  check('noDecay', noDecay, noDecay === undefined || noDecay instanceof RegExp, 'a regular expression')
  return { lr, weightDecay, clip: clip ?? 0, beta1, beta2, eps }
}

/** Which of these names decay by nothing, by their places. */
export function withoutDecay(names: Iterable<string>, noDecay: RegExp | undefined): Int32Array {
  const places = [...names].flatMap((name, place) => (noDecay && name.search(noDecay) >= 0 ? [place] : []))
  return Int32Array.from(places)
}
