// The files of a quickstart: what a user would bring.
import { join } from 'node:path'
import { ensureFolder, writeAtomic } from '../files/atomic.js'
import { contradicted, drawEvent, generalized } from './world/draw-meaning.js'
import { Draws } from './world/draws.js'
import { say } from './world/grammar.js'
import { type LanguageId, languages } from './world/languages/index.js'
import { type Meaning, meaningKey } from './world/meaning.js'

/** The adapters learn from these. */
export const taught: readonly LanguageId[] = ['makelu', 'shennai']

/** Never seen by an adapter: its sentences are all that there is of it. */
export const unseen: LanguageId = 'torvan'

export interface Sizes {
  /** Pairs that each adapter learns from. */
  readonly pairs: number
  /** Sentences that triplets are written for. */
  readonly sentences: number
  /** Pairs of each test. */
  readonly heldOut: number
}

export interface QuickstartData {
  readonly positives: string
  readonly negatives: string
  readonly sentences: string
  /** English for a sentence of the unseen language, for whoever reads along. */
  readonly glosses: ReadonlyMap<string, string>
  /** By {@link meaningKey}: what no test may ask. */
  readonly told: ReadonlySet<string>
}

/**
 * @param options.permuted pairs each sentence with what was meant for another: the control, from which nothing is to learn
 */
export async function writeData(
  folder: string,
  { sizes, seed, permuted }: { sizes: Sizes; seed: number; permuted: boolean },
): Promise<QuickstartData> {
  await ensureFolder(folder)
  const told = new Set<string>()
  const file = async (name: string, columns: readonly string[], rows: readonly (readonly string[])[]) => {
    const path = join(folder, name)
    await writeAtomic(path, `${[columns, ...rows].map(row => row.join(',')).join('\n')}\n`)
    return path
  }
  const event = (draws: Draws): Meaning => {
    const drawn = drawEvent(draws)
    told.add(meaningKey(drawn))
    return drawn
  }

  const adapting = new Draws(seed, 'adapting')
  const pairs = (change: typeof generalized) => {
    const rows = Array.from({ length: sizes.pairs }, () => {
      const meaning = event(adapting)
      const sentence = say(languages[adapting.pick(taught)], meaning, adapting)
      return [sentence, say(languages.english, change(meaning, adapting), adapting)] as const
    })
    // A step to the side leaves no sentence its own answer.
    return permuted ? rows.map(([sentence], i) => [sentence, rows[(i + 1) % rows.length]?.[1] ?? '']) : rows
  }
  const positives = await file('positives.csv', ['sent0', 'sent1'], pairs(generalized))
  const negatives = await file('negatives.csv', ['sent0', 'hard_neg'], pairs(contradicted))

  const writing = new Draws(seed, 'synthesis')
  const glosses = new Map<string, string>()
  while (glosses.size < sizes.sentences) {
    const meaning = event(writing)
    glosses.set(say(languages[unseen], meaning, writing), say(languages.english, meaning, writing))
  }
  const sentences = await file(
    'sentences.csv',
    ['sentence'],
    [...glosses.keys()].map(sentence => [sentence]),
  )
  return { positives, negatives, sentences, glosses, told }
}
