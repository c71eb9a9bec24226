// llama.cpp as a peer that generates text: run with the path of node-llama-cpp, it answers lines of JSON. The protocol is
// in generation-peer.ts, its terms in request.ts.
import { performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import type { Done, GenerationRequest, Turn } from '../generation/request.js'
import type { LlamaContext, LlamaLibrary, LlamaSequence } from './llama-cpp-library.js'

type Message = { request: GenerationRequest; threads: number } | { run: Turn }

/** Tokens that are read at once: llama.cpp's own default. */
const batchTokens = 512

class Session {
  readonly #request: GenerationRequest
  readonly #stops: ReadonlySet<number>
  readonly #sequences: readonly LlamaSequence[]

  constructor(request: GenerationRequest, context: LlamaContext) {
    this.#request = request
    this.#stops = new Set(request.stops)
    this.#sequences = Array.from({ length: request.batchSize }, () => context.getSequence())
  }

  async run({ rows, seed }: Turn): Promise<Done> {
    for (const sequence of this.#sequences) await sequence.clearHistory()
    const { timed, prompts } = this.#request
    return timed === 'job' ? this.#wholeJob(prompts.slice(0, rows), seed) : this.#decodeAlone(seed)
  }

  /** A sequence whose row has ended takes the next prompt, and keeps what that begins alike with. */
  async #wholeJob(prompts: GenerationRequest['prompts'], seed: number): Promise<Done> {
    const lengths: number[] = []
    let [promptTokens, next] = [0, 0]
    const start = performance.now()
    const serve = async (sequence: LlamaSequence) => {
      for (let i = next++; i < prompts.length; i = next++) {
        const prompt = prompts[i] ?? []
        let length = 0
        // Every row has a stream of its own; a seed has 32 bits.
        for await (const _ of this.#tokens(sequence, prompt, seed * 100_000 + i)) length += 1
        lengths.push(length)
        promptTokens += prompt.length
      }
    }
    await Promise.all(this.#sequences.map(serve))
    return { seconds: (performance.now() - start) / 1000, promptTokens, lengths }
  }

  async #decodeAlone(seed: number): Promise<Done> {
    const [sequence] = this.#sequences
    const [prompt = []] = this.#request.prompts
    if (sequence === undefined) throw new Error('no sequence')
    let [start, length] = [Number.NaN, 0]
    for await (const _ of this.#tokens(sequence, prompt, seed)) {
      if (length === 0) start = performance.now()
      length += 1
    }
    return { seconds: (performance.now() - start) / 1000, promptTokens: prompt.length, lengths: [length - 1] }
  }

  /** New tokens of a row, before its stop. */
  async *#tokens(sequence: LlamaSequence, prompt: readonly number[], seed: number): AsyncGenerator<number> {
    const { sampling, maxNewTokens } = this.#request
    // The last one is read again, for its logits.
    await sequence.adaptStateToTokens(prompt.slice(0, -1), false)
    const unread = prompt.slice(sequence.nextTokenIndex)
    let length = 0
    for await (const id of sequence.evaluate(unread, { ...sampling, minP: 0, seed, yieldEogToken: true })) {
      if (this.#stops.has(id)) return
      yield id
      length += 1
      if (length === maxNewTokens) return
    }
  }
}

async function open(request: GenerationRequest, threads: number) {
  const [, , library = ''] = process.argv
  const { getLlama, getModuleVersion } = (await import(pathToFileURL(library).href)) as LlamaLibrary
  // Standard output is for answers.
  const logger = (level: string, message: string) => {
    if (level === 'error' || level === 'fatal') console.error(message.trimEnd())
  }
  const llama = await getLlama({ gpu: false, build: 'never', maxThreads: threads, logger })
  const model = await llama.loadModel({ modelPath: request.model })
  const context = await model.createContext({
    sequences: request.batchSize,
    contextSize: Math.max(...request.prompts.map(prompt => prompt.length)) + request.maxNewTokens,
    threads,
    batchSize: batchTokens,
  })
  const session = new Session(request, context)
  const versions = { 'node-llama-cpp': await getModuleVersion(), 'llama.cpp': llama.llamaCppRelease.release }
  return { session, answer: { versions, threads: context.currentThreads } }
}

let session: Session | undefined
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line) as Message
  let answer: object
  try {
    if ('request' in message) {
      const opened = await open(message.request, message.threads)
      session = opened.session
      answer = opened.answer
    } else {
      if (session === undefined) throw new Error('a run before a request')
      answer = await session.run(message.run)
    }
  } catch (error) {
    answer = { error: `${error}` }
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
