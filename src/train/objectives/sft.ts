// Supervised fine-tuning of a decoder: the answer to a prompt, token by token.
import { setImmediate } from 'node:timers/promises'
import type { Prompting } from '../../adapter/prompting.js'
import { XlingError } from '../../binding/errors.js'
import { checkChoice } from '../../binding/options.js'
import type { LabelledRow } from '../../data/collate.js'
import type { Example } from '../../data/example.js'
import { type Adapter, setPrompting } from '../../model/adapter.js'
import { Decoder } from '../../model/decoder.js'
import { familyOf, promptingOf } from '../../prompt/prompting.js'
import { type RenderedExample, renderExample } from '../../prompt/render.js'
import { type TemplateId, templateIds, templates } from '../../prompt/templates/index.js'
import type { Task, Template } from '../../prompt/templates/template.js'
import type { Tokenizer } from '../../tokenizer/tokenizer.js'
import { labelledBatch } from './labelled.js'
import type { Objective } from './objective.js'

export interface SftOptions {
  /**
   * The family of templates that makes prompts of sentences. Default: the one that the adapter was trained with before,
   * else that of the model's own chat format where it is an instruction model, else `'plain'`. Prompts at hand need none.
   */
  template?: TemplateId
  /** Of pairs: those whose target follows from the sentence, or contradicts it; default: whatever the data has. */
  task?: Task
}

/** Rendered between two turns of this thread's event loop. */
const renderedAtOnce = 64

// A prompt at hand is the whole of the text before its answer, which ends as after a plain template.
const bare: Template = { ...templates.plain.positive, id: 'none', before: '', after: '' }

export const sft: Objective = {
  kinds: ['pair', 'completion'],
  options: ['template', 'task'],
  check(model, { template, task }) {
    if (!(model instanceof Decoder))
      throw new XlingError(
        'ERR_INVALID_ARGUMENT',
        "train: objective 'sft' trains a Decoder; an Encoder has 'contrastive' and 'masked-lm'",
      )
    checkChoice('train: template', template, [...templateIds, undefined])
    checkChoice('train: task', task, ['positive', 'negative', undefined])
  },
  async prepare(model, examples, options) {
    const llm = model as Decoder
    const { adapter, dropout, recompute = false, seed } = options
    const { rows, prompting } = await sftRows(llm.tokenizer, examples, options)
    if (adapter) setPrompting(adapter, prompting)
    const how = { objective: 'sft' as const, recompute, seed, ...(adapter && { adapter }) }
    return {
      truncated: rows.filter(row => row.truncated).length,
      batch: (places, step) =>
        labelledBatch(
          Array.from(places, place => rows[place] as LabelledRow),
          (batch, signal) =>
            llm.accumulate(batch, {
              ...how,
              step,
              ...(dropout !== undefined && { dropout }),
              ...(signal && { signal }),
            }),
        ),
    }
  },
}

export interface SftRows {
  readonly rows: readonly (LabelledRow & { readonly truncated: boolean })[]
  /** How pairs are asked; undefined where all prompts are at hand. */
  readonly prompting: Prompting | undefined
}

/**
 * Prompts with their answers.
 * @throws XlingError `ERR_PROMPT_TOO_LONG` with the row, `ERR_INVALID_TOKENIZER`, `ERR_WEIGHTS_MISMATCH` for an adapter
 * that was trained with another template than there is by its id
 */
export async function sftRows(
  tokenizer: Tokenizer,
  examples: readonly Example[],
  options: Pick<SftOptions, 'template'> & { readonly adapter?: Adapter; readonly maxTokens?: number },
): Promise<SftRows> {
  const tasks = new Set(examples.flatMap(example => (example.kind === 'pair' ? [example.task] : [])))
  // Prompts at hand need no template, and so none that fits.
  const template = tasks.size === 0 ? 'plain' : (options.template ?? familyOf(tokenizer, options.adapter))
  const prompting = tasks.size === 0 ? undefined : promptingOf(tokenizer, template, tasks)
  const { maxTokens = 512 } = options
  const rows: (LabelledRow & { truncated: boolean })[] = []
  for (const [i, example] of examples.entries()) {
    if (i % renderedAtOnce === 0) await setImmediate()
    rows.push({ ...rendered(tokenizer, example, { template, maxTokens }), key: example.key })
  }
  return { rows, prompting }
}

function rendered(
  tokenizer: Tokenizer,
  example: Example,
  { template, maxTokens }: { template: TemplateId; maxTokens: number },
): RenderedExample {
  try {
    if (example.kind === 'completion')
      return renderExample(tokenizer, bare, { sentence: example.prompt, answer: example.completion }, { maxTokens })
    const { anchor, target, task } = example as Extract<Example, { kind: 'pair' }>
    return renderExample(tokenizer, templates[template][task], { sentence: anchor, answer: target }, { maxTokens })
  } catch (cause) {
    // What a tokenizer lacks, it lacks for every row.
    if (!(cause instanceof XlingError) || cause.code === 'ERR_INVALID_TOKENIZER') throw cause
    throw new XlingError(cause.code, `train: data: row ${example.key}: ${cause.message}`, { cause })
  }
}
