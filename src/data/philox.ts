// Random 32-bit words by counter.

const [multiplierA, multiplierB] = [0xd2511f53, 0xcd9e8d57]
const [weylA, weylB] = [0x9e3779b9, 0xbb67ae85]

export type FourWords = readonly [number, number, number, number]

/**
 * Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): four random words from 0 to 2³² - 1
 * for a counter and a key, by integer arithmetic alone: the same on every machine.
 */
export function philox(counter: FourWords, key: readonly [number, number]): FourWords {
  let [a, b, c, d] = counter
  let [keyA, keyB] = key
  for (let round = 0; round < 10; round++) {
    const highA = highProduct(multiplierA, a)
    const highB = highProduct(multiplierB, c)
    const lowA = Math.imul(multiplierA, a)
    a = highB ^ b ^ keyA
    b = Math.imul(multiplierB, c)
    c = highA ^ d ^ keyB
    d = lowA
    keyA = (keyA + weylA) | 0
    keyB = (keyB + weylB) | 0
  }
  return [a >>> 0, b >>> 0, c >>> 0, d >>> 0]
}

/** A seed, a whole number from 0 to 2⁵³ - 1, as Philox's key. */
export const keyOf = (seed: number): readonly [number, number] => [seed >>> 0, Math.floor(seed / 2 ** 32)]

/** The upper 32 of the 64 bits of a product of unsigned words, by halves whose products fit 32 bits. */
function highProduct(x: number, y: number): number {
  const xLow = x & 0xffff
  const xHigh = x >>> 16
  const yLow = y & 0xffff
  const yHigh = y >>> 16
  const middle = Math.imul(xHigh, yLow) >>> 0
  const carry = ((Math.imul(xLow, yLow) >>> 16) + (middle & 0xffff) + (Math.imul(xLow, yHigh) >>> 0)) / 65536
  return (Math.imul(xHigh, yHigh) + (middle >>> 16) + Math.floor(carry)) | 0
}
