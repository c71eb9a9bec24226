// Rows in a random order.
import { XlingError } from '../binding/errors.js'
import { checkSeed } from '../binding/options.js'
import { keyOf, philox } from './philox.js'

/** Sets these words apart from what else a seed is used for; the engine's number for the same. */
const shuffling = 4

/**
 * The numbers from 0 to `count` - 1 in a random order, by Fisher & Yates (Durstenfeld 1964), the same on every machine.
 * The counter is (block of four words, stream, purpose), the key is the seed. A remainder makes no place likelier than
 * another by more than one part in 2³² / count.
 * @param count 0 to 2³¹ - 1
 * @param seed a whole number, 0 or more
 * @param stream two whole numbers from 0 to 2³² - 1, which name one order of the seed's many: an epoch, for instance
 * @throws XlingError `ERR_INVALID_ARGUMENT`
 */
export function permutation(count: number, seed: number, stream: readonly [number, number]): Uint32Array {
  if (!Number.isInteger(count) || count < 0 || count >= 2 ** 31)
    throw new XlingError(
      'ERR_INVALID_ARGUMENT',
      `permutation: count is ${count} but must be a whole number from 0 to 2147483647`,
    )
  checkSeed('permutation', seed)
  if (!stream.every(word => Number.isInteger(word) && word >= 0 && word < 2 ** 32))
    throw new XlingError(
      'ERR_INVALID_ARGUMENT',
      `permutation: stream is ${stream.join(', ')} but must be whole numbers from 0 to 4294967295`,
    )
  const order = Uint32Array.from({ length: count }, (_, i) => i)
  const key = keyOf(seed)
  let words: readonly number[] = []
  for (let drawn = 0, last = count - 1; last > 0; drawn++, last--) {
    if (drawn % 4 === 0) words = philox([drawn / 4, ...stream, shuffling], key)
    const place = (words[drawn % 4] ?? 0) % (last + 1)
    const moved = order[last] ?? 0
    order[last] = order[place] ?? 0
    order[place] = moved
  }
  return order
}
