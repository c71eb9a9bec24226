// Sentences that follow from given ones: the job that makes training data, a whole one.
import { millisecondsPerToken } from '../units.js'
import type { GenerationJob } from './job.js'
import { sentences } from './sentences.js'
import { gemma } from './weights.js'

const fullSize = 200

/** `XLING_BENCH_PROMPTS`, for a quick look: a row that is not the full one, and does not have its name. */
export function promptCount(given: string | undefined): number {
  if (given === undefined || given === '') return fullSize
  const count = Number(given)
  if (!Number.isInteger(count) || count < 1 || count > fullSize)
    throw new RangeError(`XLING_BENCH_PROMPTS is ${given} but must be a whole number from 1 to ${fullSize}`)
  return count
}

export function promptOf(sentence: string): string {
  return (
    'Read a sentence and write one short sentence in English that must be true whenever the given one is. ' +
    `Write nothing else.\nGiven: ${sentence}\nIt follows:`
  )
}

export function samplingJob(count: number): GenerationJob {
  return {
    name: count === fullSize ? 'sampling/gemma3-270m' : `sampling/gemma3-270m/${count}-prompts`,
    unit: millisecondsPerToken,
    peers: ['hf', 'llama.cpp'],
    weights: gemma,
    prompts: sentences(count).map(promptOf),
    stops: ['<end_of_turn>'],
    maxNewTokens: 128,
    batchSize: 16,
    // Gemma 3's own.
    sampling: { temperature: 1, topK: 64, topP: 0.95 },
    timed: 'job',
  }
}
