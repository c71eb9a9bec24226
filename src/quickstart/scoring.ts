// What comes out, measured by what the sentences mean. Nothing else asks the oracle, so nothing learns from it.
import { writeAtomic } from '../files/atomic.js'
import type { Triplet } from '../generate/triplet.js'
import { unseen } from './data.js'
import { parse } from './oracle/parse.js'
import { relation } from './oracle/relation.js'
import { similarity } from './oracle/similarity.js'
import { drawMeaning, redrawn } from './world/draw-meaning.js'
import { Draws } from './world/draws.js'
import { say } from './world/grammar.js'
import { type LanguageId, languages } from './world/languages/index.js'
import { type Meaning, meaningKey, slots } from './world/meaning.js'

/** Whether the positive is English that follows from the sentence, and the negative English that contradicts it. */
export function isRight({ anchor, positive, negative }: Triplet): boolean {
  const given = parse(languages[unseen], anchor)
  const [follows, contradicts] = [positive, negative].map(text => parse(languages.english, text))
  if (given === undefined || follows === undefined || contradicts === undefined) return false
  return relation(given, follows) === 'entails' && relation(given, contradicts) === 'contradicts'
}

/**
 * Pairs of sentences with how much they have in common, as SemRel2024 has them: the first in the unseen language, the
 * second in another or the same one. They have from everything to nothing in common, and no meaning that was told before.
 */
export async function writeHeldOut(
  file: string,
  second: LanguageId,
  { told, count, seed }: { told: ReadonlySet<string>; count: number; seed: number },
): Promise<void> {
  const draws = new Draws(seed, 'heldOut', second === unseen ? 0 : 1)
  const untold = (draw: () => Meaning): Meaning => {
    for (;;) {
      const meaning = draw()
      if (!told.has(meaningKey(meaning))) return meaning
    }
  }
  const lines = Array.from({ length: count }, (_, i) => {
    const a = untold(() => drawMeaning(draws))
    const b = untold(() => redrawn(a, draws.below(slots.length + 1), draws))
    const text = `${say(languages[unseen], a, draws)}\n${say(languages[second], b, draws)}`
    return `${i},"${text}",${similarity(a, b).toFixed(4)}`
  })
  await writeAtomic(file, `${['PairID,Text,Score', ...lines].join('\n')}\n`)
}
