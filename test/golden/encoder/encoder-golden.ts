// The encoders' goldens: a model's vectors, and a case's training, as transformers computes them (make.py).
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Golden } from '../safetensors.js'
import { readTensors, type Tensors } from '../training/training-golden.js'

const root = fileURLToPath(new URL('./test/golden/encoder/', import.meta.resolve('xling/package.json')))

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries
    .filter(entry => entry.isDirectory() && !entry.name.startsWith('_') && entry.name !== 'training')
    .map(entry => entry.name)
    .sort()
}

/** Of every model that make.py wrote. */
export const encoderGoldenNames = () => foldersIn(root)

/** Of every case of training. */
export const encoderTrainingNames = () => foldersIn(join(root, 'training'))

export const encoderFolder = (name: string) => join(root, name)

export type Pooling = 'cls' | 'cls_before_pooler' | 'mean' | 'avg_top2' | 'avg_first_last' | 'max'

/** Rows one after the other. */
export interface Rows {
  readonly ids: Int32Array
  readonly offsets: Int32Array
}

/** What transformers makes of a model's rows. */
export class EncoderGolden {
  readonly rows: Rows
  /** `[layers + 1, T, H]` */
  readonly states: Float32Array
  readonly layers: number
  readonly width: number
  /** `[B, H]` each. */
  readonly pooled: ReadonlyMap<Pooling, Float32Array>
  readonly #numbers: Golden

  private constructor(numbers: Golden, pooled: Tensors) {
    this.#numbers = numbers
    this.rows = { ids: numbers.read('ids', 'I32'), offsets: numbers.read('offsets', 'I32') }
    this.states = numbers.read('hidden_states', 'F32')
    const [states = 0, , width = 0] = numbers.shape('hidden_states')
    this.layers = states - 1
    this.width = width
    this.pooled = new Map(Object.entries(pooled).map(([pooling, { data }]) => [pooling as Pooling, data]))
  }

  static async open(name: string): Promise<EncoderGolden> {
    const file = join(root, name, 'expected.safetensors')
    return new EncoderGolden(await Golden.openFile(file), await readTensors(file, 'pooled.'))
  }

  /** Eight times what transformers' own f32 errs by, measured against f64 when the golden was made. */
  tolerance(kind: 'hidden_states' | 'pooled'): number {
    return 8 * (this.#numbers.read(`error.${kind}`, 'F32')[0] ?? Number.NaN)
  }
}

export interface EncoderTrainingSettings {
  /** A model's name. */
  readonly base: string
  /** Of accumulate, as it takes them. */
  readonly options:
    | {
        readonly objective: 'contrastive'
        readonly pooling: Pooling
        readonly temperature?: number
        readonly hardNegativeWeight?: number
        readonly directions?: 'forward' | 'both'
      }
    | { readonly objective: 'masked-lm' }
  /** Blocks of hard negatives. */
  readonly negatives: number
  /** One per step. */
  readonly lr: readonly number[]
  readonly clip: number
  readonly weightDecay: number
  /** A regular expression. */
  readonly noDecay: string
  readonly betas: readonly [number, number]
  readonly eps: number
  /** What the objective does not reach: it has no gradient, and no step changes it. */
  readonly untouched: readonly string[]
}

/** Matrices with more rows than this are stored in part. */
const whole = 8
const stride = 13

/** The part of a tensor that make.py stores: of a matrix every thirteenth row. */
export function keptOf({ shape, data }: Tensors[string]): Tensors[string] {
  const [rows = 0, width] = shape
  if (width === undefined || rows <= whole) return { shape, data }
  const kept = Array.from({ length: Math.ceil(rows / stride) }, (_, i) => i * stride)
  return {
    shape: [kept.length, width],
    data: Float32Array.from(kept.flatMap(row => [...data.subarray(row * width, (row + 1) * width)])),
  }
}

/** Its gradient is rounding alone: a softmax does not change with it. */
export const isKeyBias = (name: string) => name.endsWith('attention.self.key.bias')

export class EncoderTrainingGolden {
  readonly name: string
  readonly settings: EncoderTrainingSettings
  readonly #numbers: Golden

  private constructor(name: string, settings: EncoderTrainingSettings, numbers: Golden) {
    this.name = name
    this.settings = settings
    this.#numbers = numbers
  }

  static async open(name: string): Promise<EncoderTrainingGolden> {
    const settings: EncoderTrainingSettings = JSON.parse(
      await readFile(join(root, 'training', name, 'case.json'), 'utf8'),
    )
    return new EncoderTrainingGolden(name, settings, await Golden.open(`encoder/training/${name}/expected.safetensors`))
  }

  /** @param block `'ids'` of masked-lm, else `'anchors'`, `'positives'`, or `'negatives.<i>'` */
  rows(step: number, block: string): Rows {
    return { ids: this.#ofStep(step, `${block}.ids`), offsets: this.#numbers.read(`${block}.offsets`, 'I32') }
  }

  labels(step: number): Int32Array {
    return this.#ofStep(step, 'labels')
  }

  read(name: 'loss' | 'losses' | 'norms'): Float32Array {
    return this.#numbers.read(name, 'F32')
  }

  /** @param kind `'gradient'` of the first batch, or `'parameters'` after the last; the parts of `keptOf` */
  tensors(kind: 'gradient' | 'parameters'): Promise<Tensors> {
    return readTensors(join(root, 'training', this.name, 'expected.safetensors'), `${kind}.`)
  }

  /**
   * Eight times what transformers' own f32 errs by over the same steps, measured against f64 when the golden was made; a
   * gradient's is in units of its tensor's largest element, and `rounding` is what keys' biases have of it.
   */
  tolerance(kind: 'loss' | 'gradient' | 'rounding' | 'losses' | 'norms' | 'parameters'): number {
    return 8 * (this.#numbers.read(`error.${kind}`, 'F32')[0] ?? Number.NaN)
  }

  #ofStep(step: number, name: string): Int32Array {
    const [, size = 0] = this.#numbers.shape(name)
    return this.#numbers.read(name, 'I32').slice(step * size, (step + 1) * size)
  }
}
