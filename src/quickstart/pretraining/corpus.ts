// What the decoder reads before anything is asked of it: texts of all languages, and what means the same in two. The words
// of requests are among them, but no request, and no answer to one: that is for the adapters to learn.
import { drawMeaning, redrawn } from '../world/draw-meaning.js'
import type { Draws } from '../world/draws.js'
import { say } from '../world/grammar.js'
import { languageIds, languages } from '../world/languages/index.js'
import { equals, templateWords } from './tokenizers.js'

/** One text. */
export function drawText(draws: Draws): string {
  const kind = draws.below(100)
  if (kind < 20) return story(draws)
  return kind < 60 ? translation(draws, equals) : annotated(draws)
}

/** Any sentence of any language, for the encoder. */
export function drawSentence(draws: Draws): string {
  return say(languages[draws.pick(languageIds)], drawMeaning(draws), draws)
}

/** Three sentences of one language of which each has something of the one before. */
function story(draws: Draws): string {
  const language = languages[draws.pick(languageIds)]
  const first = drawMeaning(draws)
  const second = redrawn(first, 6, draws)
  return [first, second, redrawn(second, 6, draws)].map(meaning => say(language, meaning, draws)).join(' ')
}

/** The same in two languages, which may be one: then in other words. Half of what is read comes to English. */
function translation(draws: Draws, between: string): string {
  const meaning = drawMeaning(draws)
  const target = draws.chance(0.5) ? 'english' : draws.pick(languageIds)
  const [first, second] = [draws.pick(languageIds), target].map(id => say(languages[id], meaning, draws))
  return `${first} ${between} ${second}`
}

/** A translation among the words of which prompts are made, in any order, so that the model knows such words as noise. */
function annotated(draws: Draws): string {
  const noise = () => Array.from({ length: 1 + draws.below(9) }, () => draws.pick(templateWords)).join(' ')
  return `${noise()} ${translation(draws, noise())}`
}
