// A training golden: a case's settings, batches and the numbers that PyTorch comes to (make.py).
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Golden } from '../safetensors.js'

const root = fileURLToPath(new URL('./test/golden/', import.meta.resolve('xling/package.json')))

export interface Settings {
  /** A folder of test/golden/decoder. */
  readonly base: string
  /** As addAdapter takes it; without one all weights are trained. */
  readonly adapter?: {
    readonly targets: 'all-linear' | readonly string[]
    readonly rank: number
    readonly alpha: number
    readonly dropout?: number
    readonly rsLora?: boolean
    readonly rankPattern?: Record<string, number>
    readonly alphaPattern?: Record<string, number>
  }
  /** One per step. */
  readonly lr: readonly number[]
  readonly clip: number
  readonly weightDecay: number
  /** A regular expression. */
  readonly noDecay?: string
  readonly betas: readonly [number, number]
  readonly eps: number
}

export interface Batch {
  readonly ids: Int32Array
  readonly offsets: Int32Array
  readonly labels: Int32Array
}

/** Numbers under the names that a model or an adapter gives them. */
export type Tensors = Record<string, { shape: readonly number[]; data: Float32Array }>

/** @param path of a safetensors file */
export async function readTensors(path: string, prefix = ''): Promise<Tensors> {
  const file = await readFile(path)
  const header: Record<string, unknown> = JSON.parse(file.toString('utf8', 8, 8 + Number(file.readBigUInt64LE(0))))
  const golden = await Golden.openFile(path)
  const names = Object.keys(header).filter(name => name.startsWith(prefix) && name !== '__metadata__')
  return Object.fromEntries(
    names.map(name => [name.slice(prefix.length), { shape: golden.shape(name), data: golden.read(name, 'F32') }]),
  )
}

export class TrainingGolden {
  readonly name: string
  readonly settings: Settings
  readonly #numbers: Golden

  private constructor(name: string, settings: Settings, numbers: Golden) {
    this.name = name
    this.settings = settings
    this.#numbers = numbers
  }

  static async open(name: string): Promise<TrainingGolden> {
    const settings: Settings = JSON.parse(await readFile(join(root, 'training', name, 'case.json'), 'utf8'))
    return new TrainingGolden(name, settings, await Golden.open(`training/${name}/expected.safetensors`))
  }

  /** Of the model that is trained or adapted. */
  get baseFolder(): string {
    return join(root, 'decoder', this.settings.base)
  }

  /** Of the adapter before training, as PEFT wrote it. */
  get adapterFolder(): string {
    return join(root, 'training', this.name, 'adapter')
  }

  get steps(): number {
    return this.settings.lr.length
  }

  batch(step: number): Batch {
    const offsets = this.#numbers.read('offsets', 'I32')
    const tokens = offsets.at(-1) ?? 0
    const of = (name: string) => this.#numbers.read(name, 'I32').slice(step * tokens, (step + 1) * tokens)
    return { ids: of('ids'), offsets, labels: of('labels') }
  }

  read(name: string): Float32Array {
    return this.#numbers.read(name, 'F32')
  }

  /** The row of the first batch, and its tokens, whose logits are stored; for adapters only. */
  logits() {
    const [row = 0] = this.#numbers.read('row', 'I32')
    const { ids, offsets } = this.batch(0)
    const rows = this.#numbers.read('kept', 'I32')
    return { ids: ids.slice(offsets[row], offsets[row + 1]), rows, values: this.read('logits') }
  }

  /** @param kind `'gradient'` of the first batch, or `'parameters'` after the last */
  tensors(kind: 'gradient' | 'parameters'): Promise<Tensors> {
    return readTensors(join(root, 'training', this.name, 'expected.safetensors'), `${kind}.`)
  }

  /**
   * Eight times what transformers' own f32 errs by over the same steps, measured against f64 when the golden was made; a
   * gradient's is in units of its tensor's largest element. make.py says why this holds for the curve, too.
   */
  tolerance(kind: 'loss' | 'gradient' | 'losses' | 'norms' | 'parameters' | 'logits'): number {
    return 8 * (this.read(`error.${kind}`)[0] ?? Number.NaN)
  }
}

/** Of every case that make.py wrote. */
export async function trainingGoldenNames(): Promise<string[]> {
  const entries = await readdir(join(root, 'training'), { withFileTypes: true })
  return entries
    .filter(entry => entry.isDirectory() && !entry.name.startsWith('_'))
    .map(entry => entry.name)
    .sort()
}
