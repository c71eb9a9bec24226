// Rows of text as they are generated, from the engine's steps.
import { ignoreDisposed, settle } from '../../binding/job.js'
import { native } from '../../binding/load.js'
import type { NativeAdded, NativeModel } from '../../binding/native-types.js'
import type { Tokenizer } from '../../tokenizer/tokenizer.js'
import { GrowingText } from './growing-text.js'
import type { Request } from './options.js'

/** A finished row. */
export interface Generated {
  /** Of its prompt. */
  readonly index: number
  /** What came after the prompt, without the stop. */
  readonly ids: Int32Array
  /** The same as text, without control tokens; empty where the model has no tokenizer. */
  readonly text: string
  /** `'length'`: it reached `maxNewTokens`, or the end of the model's context. */
  readonly finishReason: 'stop' | 'length'
}

/** What a row's text grew by. */
export interface GeneratedDelta {
  readonly index: number
  readonly delta: string
}

// As many as a job may take: other work on the device waits no longer.
const stepsAtOnce = 8

/** Nothing runs while nobody asks for the next row; leaving the loop ends the work. */
export async function* generation(
  model: NativeModel,
  tokenizer: Tokenizer | undefined,
  request: Request,
): AsyncGenerator<Generated | GeneratedDelta, void, undefined> {
  const { prompts, signal, stream } = request
  const options = { slots: request.batchSize, stops: Int32Array.from(request.stopIds) }
  const handle = await settle(() => native.createGeneration(model, prompts, options), signal)
  const rows = new Map<number, Row>()
  let dropped: number[] = []
  try {
    for (let done = prompts.length === 0; !done; ) {
      const drop = Int32Array.from(dropped)
      const step = await settle(() => native.advanceGeneration(handle, stream ? 1 : stepsAtOnce, drop), signal)
      dropped = []
      done = step.done
      for (const added of step.added) {
        const row = rows.get(added.row) ?? new Row(added.row, tokenizer, request.stopTexts)
        rows.set(added.row, row)
        row.add(added)
        if (row.stoppedByText) dropped.push(added.row)
        if (stream) yield* row.growth()
        if (!row.ended) continue
        yield row.whole()
        rows.delete(added.row)
      }
    }
  } finally {
    await ignoreDisposed(settle(() => native.disposeGeneration(handle)))
  }
}

class Row {
  readonly index: number
  readonly #text: GrowingText | undefined
  readonly #ids: number[] = []
  #finish: '' | 'stop' | 'length' = ''
  stoppedByText = false

  constructor(index: number, tokenizer: Tokenizer | undefined, stops: readonly string[]) {
    this.index = index
    this.#text = tokenizer && new GrowingText(tokenizer, stops)
  }

  get ended(): boolean {
    return this.#finish !== ''
  }

  add({ ids, finish }: NativeAdded): void {
    this.#finish = finish
    for (const id of ids) {
      this.#ids.push(id)
      if (!this.#text?.push(id)) continue
      this.stoppedByText = finish === ''
      this.#finish = 'stop'
      break
    }
  }

  *growth(): Generator<GeneratedDelta> {
    const delta = this.ended ? this.#text?.takeRest() : this.#text?.takeGrowth()
    if (delta) yield { index: this.index, delta }
  }

  whole(): Generated {
    this.#text?.takeRest()
    return {
      index: this.index,
      ids: this.#text?.ids ?? Int32Array.from(this.#ids),
      text: this.#text?.text ?? '',
      finishReason: this.#finish === 'length' ? 'length' : 'stop',
    }
  }
}
