// What the model writes for sentences, as it stands, in their order.
import type { Adapter } from '../model/adapter.js'
import type { Decoder } from '../model/decoder.js'
import type { Sampling } from '../model/generate/sampling.js'
import { renderPrompt } from '../prompt/render.js'
import type { Family } from '../prompt/templates/template.js'

export interface Sentence {
  readonly key: number
  readonly text: string
}

/** A row of the journal: texts without prompts and stops, not parsed yet. */
export interface Written {
  readonly key: number
  readonly anchor: string
  readonly positive: string
  readonly negative: string
  /** Whether the sentence was shortened to fit the prompt. */
  readonly truncated: boolean
}

export interface Writing {
  readonly adapters: { readonly positive: Adapter; readonly negative: Adapter }
  readonly family: Family
  /** Ends an answer, beside what the model ends with. */
  readonly closingId: number
  readonly sampling: Sampling
  readonly seed: number
  readonly maxTokens: number
  readonly maxNewTokens: number
  readonly batchSize: number
  readonly signal: AbortSignal | undefined
}

// Sentences whose prompts are made at once. The engine's slots run empty at the end of each such part, once in many rows;
// making prompts holds this thread, and all of them would stay in memory.
const sentencesAtOnce = 256

const sides = ['positive', 'negative'] as const

/**
 * Both answers to each sentence. Rows end when they end; what is written for a sentence waits for those before it, so
 * that a journal of them is the same however the work was cut.
 */
export async function* written(
  llm: Decoder,
  sentences: readonly Sentence[],
  writing: Writing,
): AsyncGenerator<Written> {
  for (let begin = 0; begin < sentences.length; begin += sentencesAtOnce)
    yield* writtenTogether(llm, sentences.slice(begin, begin + sentencesAtOnce), writing)
}

async function* writtenTogether(
  llm: Decoder,
  sentences: readonly Sentence[],
  { adapters, family, closingId, sampling, maxTokens, signal, ...settings }: Writing,
): AsyncGenerator<Written> {
  const { seed, maxNewTokens, batchSize } = settings
  const prompts = sentences.flatMap(({ key, text }) =>
    sides.map((side, i) => {
      const { ids, truncated } = renderPrompt(llm.tokenizer, family[side], text, { maxTokens })
      // Streams of their own: the two of a sentence are not drawn alike.
      return { ids, truncated, adapter: adapters[side], key: 2 * key + i }
    }),
  )
  const rows = llm.generate(
    prompts.map(({ truncated: _, ...prompt }) => prompt),
    { ...sampling, seed, maxNewTokens, batchSize, stop: [closingId], ...(signal && { signal }) },
  )
  const texts = new Map<number, string>()
  let next = 0
  for await (const { index, text } of rows) {
    texts.set(index, text)
    for (;;) {
      const [positive, negative] = [texts.get(2 * next), texts.get(2 * next + 1)]
      const sentence = sentences[next]
      if (sentence === undefined || positive === undefined || negative === undefined) break
      const truncated = prompts[2 * next]?.truncated === true || prompts[2 * next + 1]?.truncated === true
      yield { key: sentence.key, anchor: sentence.text, positive, negative, truncated }
      texts.delete(2 * next)
      texts.delete(2 * next + 1)
      next += 1
    }
  }
}
