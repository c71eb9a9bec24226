// Steps of training, said in the same terms to every side.

/** Of a LoRA adapter. */
export interface TrainingRequest {
  /** A GGUF file; it stays as it is. */
  readonly model: string
  readonly rank: number
  readonly alpha: number
  readonly dropout: number
  /** The linear layers of all blocks. */
  readonly targets: 'all-linear'
  /** The gradients' norm is cut to this. */
  readonly clip: number
  readonly weightDecay: number
  /** Rows of a micro-batch; a step has as many. */
  readonly batchSize: number
  /** Fills rows up where a side pads. */
  readonly padId: number
  /** Of the factors that training begins with. */
  readonly seed: number
}

/** One step of the optimizer, from rows that are packed: ids, so that tokenizers cannot differ. */
export interface PackedStep {
  /** `[T]` */
  readonly ids: Int32Array
  /** `[B + 1]` */
  readonly offsets: Int32Array
  readonly lr: number
  /** Of dropout. */
  readonly seed: number
}

/** Of supervised fine-tuning. */
export interface Step extends PackedStep {
  /** `[T]`: the one at t is guessed from t - 1, so a row's first is ignored; -100 is no label. */
  readonly labels: Int32Array
}

/** What a step went through. */
export interface StepDone {
  /** From the packed rows to the stepped weights, with gradients cleared. */
  readonly seconds: number
  readonly rows: number
  /** Without padding. */
  readonly tokens: number
  /** That were guessed; anchors, where there are no labels. */
  readonly labels: number
  /** The mean over them, before the step. */
  readonly loss: number
  /** Of the gradients, before they are clipped. */
  readonly gradNorm: number
}

export interface Trainer<Taken extends PackedStep = Step> {
  readonly threads: number
  readonly versions: Record<string, string>
  step(step: Taken): Promise<StepDone>
  /** Numbers that are trained. */
  trainable(): Promise<number>
  dispose(): Promise<void>
}
