import type { Outcome } from './case.js'

export interface Output {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/**
 * What is in the outputs: rows of the first, and elements of all, that hold a
 * finite number. Outputs start as NaN, so what was never written is not counted.
 */
export function outcomeOf(outputs: Record<string, Output>): Outcome {
  const [first] = Object.values(outputs)
  if (first === undefined) throw new RangeError('a case without outputs')
  const means: Record<string, number> = {}
  let elements = 0
  for (const [name, { data }] of Object.entries(outputs)) {
    elements += data.reduce((count, value) => count + Number(Number.isFinite(value)), 0)
    means[name] = data.reduce((sum, value) => sum + Math.abs(value), 0) / data.length
  }
  return { work: { rows: finiteRows(first), elements }, means }
}

function finiteRows({ shape, data }: Output): number {
  const width = shape.slice(1).reduce((product, size) => product * size, 1)
  let rows = 0
  for (let start = 0; start < data.length; start += width) {
    rows += Number(data.subarray(start, start + width).every(Number.isFinite))
  }
  return rows
}
