// A quickstart as lines to read, for whoever sees this for the first time.
import { taught, unseen } from './data.js'
import type { Agreement, QuickstartEvent, QuickstartResult } from './quickstart.js'
import { languages } from './world/languages/index.js'

const own = languages[unseen].name
const others = taught.map(language => languages[language].name).join(' and ')

const openings: Readonly<Record<Extract<QuickstartEvent, { begins: string }>['begins'], readonly string[]>> = {
  data: [
    'Four small languages, made by a grammar: English, and three that nobody speaks.',
    ...Object.values(languages).map(({ name, description }) => `  ${name}: ${description}`),
  ],
  adapters: [
    '',
    `1. Two adapters learn from pairs in ${others}: one to write English that follows from a sentence,`,
    `   the other English that contradicts it. They see no ${own}.`,
  ],
  triplets: ['', `2. Through them the decoder writes both for sentences in ${own}.`],
  encoder: ['', '3. An encoder learns from these triplets that the first two belong together, and the third does not.'],
  scores: ['', '4. What that was good for, on meanings that none of these data had.', ''],
}

export function linesOf(event: QuickstartEvent): readonly string[] {
  if ('begins' in event) return openings[event.begins]
  if ('losses' in event) {
    const { adapter, first, last } = event.losses
    return [`   ${adapter}: loss ${first.toFixed(2)} at first, ${last.toFixed(2)} in the end`]
  }
  return event.triplets.flatMap(({ anchor, gloss, positive, negative }) => [
    '',
    `   ${anchor}   (${gloss})`,
    `     follows      ${positive}`,
    `     contradicts  ${negative}`,
  ])
}

/** The table of numbers, and how to read it. */
export function resultLines({ right, kept, within, across }: QuickstartResult): readonly string[] {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`
  return [
    `Triplets that are right, as the grammar has it: ${percent(right.adapted)} with the adapters, ${percent(right.untuned)} without`,
    `(of all sentences; ${kept} triplets passed the filters, and the encoder learnt from those)`,
    '',
    'Spearman’s correlation of the encoder’s cosines with what sentences truly have in common:',
    '',
    row('', 'before', 'after', 'shuffled', 'common words'),
    scores(`${own} and ${own}`, within),
    scores(`${own} and English`, across),
    '',
    'shuffled: an encoder that learnt from the same triplets with the answers to other sentences',
    'common words: what counting them tells; nothing, where two languages have none in common',
  ]
}

const row = (name: string, ...cells: readonly string[]) =>
  `  ${name.padEnd(20)}${cells.map(cell => cell.padStart(13)).join('')}`

function scores(name: string, { before, after, shuffled, wordOverlap }: Agreement): string {
  return row(name, ...[before, after, shuffled, wordOverlap].map(score => score?.toFixed(3) ?? '-'))
}
