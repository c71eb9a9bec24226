// From a row to an example.
import type { Schema } from './choose-schema.js'
import type { Example, Task } from './example.js'
import { choiceOf, numberOf, textOf, type Values } from './fields.js'

/**
 * The example in a row; undefined where it holds no pair of the task that is wanted.
 * @throws BadRow
 */
export function exampleOf(
  { format, columns }: Schema,
  values: Values,
  { key, task: wanted }: { readonly key: number; readonly task: Task | undefined },
): Example | undefined {
  const column = (part: string) => columns[part] ?? part
  const text = (part: string) => textOf(values, column(part))
  switch (format.kind) {
    case 'pair': {
      const task = 'task' in format ? format.task : choiceOf(values, column('label'), format.labels)
      if (task === 'none' || (wanted !== undefined && task !== wanted)) return undefined
      return { kind: 'pair', key, task, anchor: text('anchor'), target: text('target') }
    }
    case 'completion':
      return { kind: 'completion', key, prompt: text('prompt'), completion: text('completion') }
    case 'triplet':
      return { kind: 'triplet', key, anchor: text('anchor'), positive: text('positive'), negative: text('negative') }
    case 'sentence':
      return { kind: 'sentence', key, text: text('text') }
    case 'scored-pair':
      return {
        kind: 'scored-pair',
        key,
        first: text('first'),
        second: text('second'),
        score: numberOf(values, column('score')),
      }
  }
}
