import type { Family } from './template.js'

const common = {
  id: 'plain',
  control: [],
  // The end of a text, which a base model has learnt to write. Tokens that end a turn are in its vocabulary too, but it has
  // never seen one: after 32 steps on 500 pairs Gemma 3 270M ended 11 of 40 answers by <end_of_turn> and, trained alike
  // with <eos>, 40 of 40.
  closing: [],
}

/**
 * For base models, which have no chat format. The request stands before the sentence: so rows share it, and the engine
 * computes it once for all of them.
 */
export const plain: Family = {
  positive: {
    ...common,
    task: 'positive',
    before: 'Write an English sentence that follows from this one.\n\n',
    after: '\n\nAn English sentence that follows from it:\n',
  },
  negative: {
    ...common,
    task: 'negative',
    before: 'Write an English sentence that contradicts this one.\n\n',
    after: '\n\nAn English sentence that contradicts it:\n',
  },
}
