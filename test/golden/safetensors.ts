// Reads a golden, the reference's numbers beside the script that made them:
// 8 bytes of header length, a header in JSON, the tensors' bytes.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const arrays = { F32: Float32Array, I32: Int32Array, U8: Uint8Array, U16: Uint16Array }
type Arrays = typeof arrays

export class Golden {
  readonly #tensors: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>
  readonly #data: Buffer

  private constructor(file: Buffer) {
    const start = 8 + Number(file.readBigUInt64LE(0))
    this.#tensors = JSON.parse(file.toString('utf8', 8, start))
    this.#data = file.subarray(start)
  }

  /** @param path below test/golden */
  static async open(path: string): Promise<Golden> {
    const root = fileURLToPath(new URL('.', import.meta.resolve('xling/package.json')))
    return Golden.openFile(join(root, 'test', 'golden', path))
  }

  static async openFile(path: string): Promise<Golden> {
    return new Golden(await readFile(path))
  }

  shape(name: string): number[] {
    return this.#tensor(name).shape
  }

  /** A copy of a tensor's elements, which are of this type. */
  read<D extends keyof Arrays>(name: string, dtype: D): InstanceType<Arrays[D]> {
    const { dtype: stored, data_offsets } = this.#tensor(name)
    if (stored !== dtype) throw new TypeError(`${name} is ${stored}, not ${dtype}`)
    const bytes = new Uint8Array(this.#data.subarray(...data_offsets))
    return new arrays[dtype](bytes.buffer) as InstanceType<Arrays[D]>
  }

  #tensor(name: string) {
    const found = this.#tensors[name]
    if (found === undefined) throw new RangeError(`the golden has no ${name}`)
    return found
  }
}
