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

/** Of a whole job: what is read before is in it. */
export const millisecondsPerToken: Unit = {
  name: 'ms/token',
  higherIsBetter: false,
  figure: (seconds, tokens) => (1000 * seconds) / tokens,
}

export const tokensPerSecond: Unit = {
  name: 'tokens/s',
  higherIsBetter: true,
  figure: (seconds, tokens) => tokens / seconds,
}

export const rowsPerSecond: Unit = {
  name: 'rows/s',
  higherIsBetter: true,
  figure: (seconds, rows) => rows / seconds,
}

/** However long it took. */
export const megabytes: Unit = {
  name: 'MB',
  higherIsBetter: false,
  figure: (_seconds, bytes) => bytes / 1e6,
}

export const seconds: Unit = { name: 's', higherIsBetter: false, figure: seconds => seconds }
