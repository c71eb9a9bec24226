// One row, one token after another.
import { tokensPerSecond } from '../units.js'
import type { GenerationJob } from './job.js'
import { gemma, smollm } from './weights.js'

function decode(model: string, weights: string): GenerationJob {
  return {
    name: `decode/${model}`,
    unit: tokensPerSecond,
    peers: ['llama.cpp'],
    weights,
    // Greedy text differs between engines, but no model ends this early.
    prompts: ['one, two, three, four, five, six, seven, eight,'],
    stops: [],
    maxNewTokens: 128,
    batchSize: 1,
    sampling: { temperature: 0, topK: 0, topP: 1 },
    timed: 'decode',
  }
}

export const decodeJobs = [decode('gemma3-270m', gemma), decode('smollm2-135m', smollm)]
