// A job of text generation, said in the same terms to every side.

export interface GenerationRequest {
  /** A GGUF file. */
  readonly model: string
  /** Ids, so that tokenizers cannot differ. */
  readonly prompts: readonly (readonly number[])[]
  /** Ids that end a row and are not counted. */
  readonly stops: readonly number[]
  readonly maxNewTokens: number
  /** Rows that are continued together, at most. */
  readonly batchSize: number
  /** Temperature 0 is greedy. */
  readonly sampling: { readonly temperature: number; readonly topK: number; readonly topP: number }
  /** `'job'`: from the first prompt to the last row's end; `'decode'`: of one row, from its first new token on. */
  readonly timed: 'job' | 'decode'
}

/** One run: the first `rows` prompts. */
export interface Turn {
  readonly rows: number
  readonly seed: number
}

/** What a run made, counted from what came out. */
export interface Done {
  readonly seconds: number
  /** Tokens of the prompts of the rows that ended. */
  readonly promptTokens: number
  /** New tokens of each row within what was timed, without stops. */
  readonly lengths: readonly number[]
}

export interface Generator {
  readonly threads: number
  run(turn: Turn): Promise<Done>
  dispose(): Promise<void>
}
