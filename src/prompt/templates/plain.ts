import type { Task, Template } from './template.js'

/**
 * For base models, which have no chat format. The request stands before the sentence: so rows share it, and the engine
 * computes it once for all of them.
 */
export const plain: Readonly<Record<Task, Template>> = {
  positive: {
    id: 'plain',
    task: 'positive',
    before: 'Write an English sentence that follows from this one.\n\n',
    after: '\n\nAn English sentence that follows from it:\n',
  },
  negative: {
    id: 'plain',
    task: 'negative',
    before: 'Write an English sentence that contradicts this one.\n\n',
    after: '\n\nAn English sentence that contradicts it:\n',
  },
}
