// The STS benchmark: semantic similarity (Cer et al. 2017; May 2021 in further languages), scores from 0 to 5.
import { type EvaluationTask, scoreOf, sentenceOf } from './task.js'

/** Its files have no line that names the columns. */
export const sts: EvaluationTask = {
  csv: { header: ['sentence1', 'sentence2', 'score'] },
  pairOf: row => ({
    first: sentenceOf(row, 'sentence1'),
    second: sentenceOf(row, 'sentence2'),
    score: scoreOf(row, 'score', 5),
  }),
}
