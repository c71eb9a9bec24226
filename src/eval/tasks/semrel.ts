// SemRel2024: semantic relatedness (Ousidhoum et al. 2024), scores from 0 to 1.
import type { CsvRow } from '../../data/sources/csv.js'
import { badRow, type EvaluationTask, scoreOf, sentenceOf } from './task.js'

/** One field holds both sentences: a line break is between them or, in files of some languages, a tab. */
export const semrel: EvaluationTask = {
  csv: { columns: ['Text', 'Score'] },
  pairOf: row => {
    const [first, second] = sentencesOf(row)
    return { first, second, score: scoreOf(row, 'Score', 1) }
  },
}

function sentencesOf(row: CsvRow): [first: string, second: string] {
  const { Text: text = '' } = row.values
  // Where there is a line break, a tab is part of a sentence.
  const parts = text.split(/\r\n|[\r\n]/.test(text) ? /\r\n|[\r\n]/ : '\t')
  const [first, second] = parts
  if (first !== undefined && second !== undefined && parts.length === 2)
    return [sentenceOf(row, 'Text', first), sentenceOf(row, 'Text', second)]
  throw badRow(
    row,
    'Text',
    parts.length === 1
      ? 'nothing is between the two sentences; put one line break or one tab there'
      : `line breaks or tabs make ${parts.length} parts of it; give two sentences`,
  )
}
