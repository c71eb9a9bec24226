// What is used of node-llama-cpp: it is no dependency of ours, so its own types are not at hand.

export interface LlamaSequence {
  /** Tokens that it has read. */
  readonly nextTokenIndex: number
  clearHistory(): Promise<void>
  /** Forgets everything from the first token on that is another, or beyond these. */
  adaptStateToTokens(ids: readonly number[], allowShift: false): Promise<void>
  evaluate(
    ids: readonly number[],
    options: {
      temperature: number
      topK: number
      topP: number
      minP: number
      seed: number
      /** False ends the row before the token that ends it. */
      yieldEogToken: boolean
    },
  ): AsyncGenerator<number, void>
}

export interface LlamaContext {
  readonly currentThreads: number
  getSequence(): LlamaSequence
}

interface LlamaModel {
  createContext(options: {
    sequences: number
    /** Tokens of each sequence. */
    contextSize: number
    threads: number
    batchSize: number
  }): Promise<LlamaContext>
}

interface Llama {
  readonly llamaCppRelease: { readonly release: string }
  loadModel(options: { modelPath: string }): Promise<LlamaModel>
}

export interface LlamaLibrary {
  getLlama(options: {
    gpu: false
    /** Only what was built already. */
    build: 'never'
    maxThreads: number
    logger: (level: string, message: string) => void
  }): Promise<Llama>
  getModuleVersion(): Promise<string>
}
