// Our side of a bench of text generation.
import { performance } from 'node:perf_hooks'
import { Decoder, type GenerateOptions } from 'xling'
import type { GenerationJob } from './job.js'
import type { Done, GenerationRequest, Generator, Turn } from './request.js'
import { weightsPath } from './weights.js'

export interface OurGenerator extends Generator {
  readonly isa: string
  /** The job with nothing left to find or to encode. */
  readonly request: GenerationRequest
}

export async function openOurs(job: GenerationJob): Promise<OurGenerator> {
  const model = weightsPath(job.weights)
  const decoder = await Decoder.load(model, { device: 'cpu' })
  const { tokenizer, device } = decoder
  const stops = job.stops.map(stop => {
    const [id, ...more] = tokenizer.encode(stop, { addSpecial: false, parseSpecial: true })
    if (id === undefined || more.length > 0) throw new Error(`${stop} is no control token of ${job.weights}`)
    return id
  })
  const { maxNewTokens, batchSize, sampling, timed } = job
  const request: GenerationRequest = {
    model,
    prompts: job.prompts.map(prompt => [...tokenizer.encode(prompt)]),
    stops: [...new Set([...tokenizer.eosIds, ...stops])],
    ...{ maxNewTokens, batchSize, sampling, timed },
  }
  return {
    request,
    isa: device.isa,
    threads: device.threads,
    run: turn => (timed === 'job' ? wholeJob : decodeAlone)(decoder, request, turn),
    dispose: () => decoder.dispose(),
  }
}

function optionsOf({ sampling, maxNewTokens, batchSize, stops }: GenerationRequest, seed: number): GenerateOptions {
  return { ...sampling, minP: 0, repetitionPenalty: 1, maxNewTokens, batchSize, stop: stops, seed }
}

async function wholeJob(decoder: Decoder, request: GenerationRequest, { rows, seed }: Turn): Promise<Done> {
  const prompts = request.prompts.slice(0, rows).map(ids => Int32Array.from(ids))
  const lengths: number[] = []
  let promptTokens = 0
  const start = performance.now()
  for await (const { index, ids } of decoder.generate(prompts, { ...optionsOf(request, seed), stream: false })) {
    lengths.push(ids.length)
    promptTokens += prompts[index]?.length ?? 0
  }
  return { seconds: (performance.now() - start) / 1000, promptTokens, lengths }
}

async function decodeAlone(decoder: Decoder, request: GenerationRequest, { seed }: Turn): Promise<Done> {
  const [prompt = []] = request.prompts
  let [start, deltas] = [Number.NaN, 0]
  for await (const event of decoder.generate([Int32Array.from(prompt)], {
    ...optionsOf(request, seed),
    stream: true,
  })) {
    if ('delta' in event) {
      if (deltas === 0) start = performance.now()
      deltas += 1
    } else {
      // Else it is not known when the first came.
      if (deltas !== event.ids.length)
        throw new Error(`${event.ids.length} tokens were told as ${deltas} pieces of text`)
      return { seconds: (performance.now() - start) / 1000, promptTokens: prompt.length, lengths: [deltas - 1] }
    }
  }
  throw new Error('the row did not end')
}
