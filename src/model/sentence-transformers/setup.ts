// How an encoder's token vectors become a sentence's.

/**
 * What a sentence's vector is made of: the first token's through the pooler (`'cls'`) or as it is
 * (`'cls_before_pooler'`), each feature's largest (`'max'`), or the mean over tokens, of the last layer (`'mean'`, SimCSE's
 * `avg`), of the last two (`'avg_top2'`), or of the first block's and the last (`'avg_first_last'`).
 */
export type SentencePooling = 'cls' | 'cls_before_pooler' | 'mean' | 'avg_top2' | 'avg_first_last' | 'max'

export const sentencePoolings: readonly SentencePooling[] = [
  'cls',
  'cls_before_pooler',
  'mean',
  'avg_top2',
  'avg_first_last',
  'max',
]

/** What a sentence-transformers folder says of sentences, or what stands for it in a folder that says nothing. */
export interface SentenceSetup {
  readonly pooling: SentencePooling
  /** Whether vectors are scaled to length 1. */
  readonly normalize: boolean
  /** Tokens at most, special ones counted; longer text is cut. */
  readonly maxTokens: number
  /** Texts that are put before a sentence, by name. */
  readonly prompts: Readonly<Record<string, string>>
  /** The one that is used if nobody names one. */
  readonly defaultPrompt: string | undefined
}
