/** How a row says what it measured. */
export interface Unit {
  readonly name: string
  readonly higherIsBetter: boolean
  /** From the seconds of one repeat and the amount it moved or made. */
  figure(seconds: number, amount: number): number
}

export const gigabytesPerSecond: Unit = {
  name: 'GB/s',
  higherIsBetter: true,
  figure: (seconds, bytes) => bytes / seconds / 1e9,
}

export const gigaflopsPerSecond: Unit = {
  name: 'GFLOP/s',
  higherIsBetter: true,
  figure: (seconds, operations) => operations / seconds / 1e9,
}

export const seconds: Unit = { name: 's', higherIsBetter: false, figure: seconds => seconds }
