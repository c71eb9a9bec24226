// What a step of training comes to.

/** Numbers by name, of which one is what matters: `{ spearman: 0.71 }`. */
export type Metrics = Readonly<Record<string, number>>

/** One optimizer step, done. */
export interface StepEvent {
  /** Steps done so far, this one included, and in all. */
  readonly step: number
  readonly steps: number
  /** Passes over the data done so far; 1.5 is half of the second. */
  readonly epoch: number
  /** By objective: the mean over this step's labels, or anchors, before the step. */
  readonly losses: Readonly<Record<string, number>>
  /** Of the mean's gradient, before clipping. */
  readonly gradNorm: number
  readonly lr: number
  /** Of this step; a row of the contrastive objective is an anchor, and its tokens are those of all its sentences. */
  readonly rows: number
  readonly tokens: number
  /** Without the evaluation. */
  readonly seconds: number
  /** Where one was due. */
  readonly evaluation?: Metrics
  /** Whether that is the best so far. */
  readonly best?: boolean
  /** Of the whole run: rows that are learnt from, bad ones that were left out, and sentences shortened to fit a prompt. */
  readonly data: { readonly rows: number; readonly skipped: number; readonly truncated?: number }
}

/** What a run that is over comes to, however often it was taken up. */
export interface TrainResult {
  /** Done. */
  readonly steps: number
  /** The best evaluation, where there was one: after which step, and the number that told. */
  readonly best?: { readonly step: number; readonly value: number }
  /** Whether it ended early, since nothing got better. */
  readonly stopped: boolean
  readonly data: StepEvent['data']
}
