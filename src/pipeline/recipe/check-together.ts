// What a stage of a recipe leaves to the stages before it.

/** As much of a recipe as this looks at. */
interface Given {
  readonly adapt?: object
  readonly synthesize?: { readonly model?: string }
  readonly 'train-encoder'?: { readonly data?: unknown }
  readonly evaluate?: { readonly model?: string }
}

/** Tells of everything that is left out though no other stage gives it, by its place. */
export function checkTogether(given: Given, refuse: (path: readonly string[], message: string) => void): void {
  const { adapt, synthesize, 'train-encoder': trainEncoder, evaluate } = given
  if (synthesize && !adapt && synthesize.model === undefined)
    refuse(['synthesize', 'model'], 'there, as no stage adapt has one')
  if (trainEncoder && !synthesize && trainEncoder.data === undefined)
    refuse(['train-encoder', 'data'], 'there, as no stage synthesize gives triplets')
  if (evaluate && !trainEncoder && evaluate.model === undefined)
    refuse(['evaluate', 'model'], 'there, as no stage train-encoder makes one')
}
