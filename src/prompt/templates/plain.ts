import type { Family } from './template.js'

const common = {
  id: 'plain',
  control: [],
  // Base models come with the tokens that end turns of the models made from them.
  closing: ['<end_of_turn>', '<|eot_id|>', '<|im_end|>'],
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
