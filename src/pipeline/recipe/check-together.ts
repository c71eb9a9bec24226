// What a stage of a recipe leaves to the stages before it.

/** As much of a recipe as this looks at. */
interface Given {
  readonly adapt?: { readonly adapters: object }
  readonly compose?: { readonly model?: string; readonly adapters: object }
  readonly merge?: { readonly model?: string }
  readonly synthesize?: { readonly model?: string }
  readonly 'train-encoder'?: { readonly data?: unknown }
  readonly evaluate?: { readonly model?: string }
}

/** Tells of everything that is left out though no other stage gives it, by its place. */
export function checkTogether(given: Given, refuse: (path: readonly string[], message: string) => void): void {
  const { adapt, compose, merge, synthesize, 'train-encoder': trainEncoder, evaluate } = given
  for (const [stage, one] of Object.entries({ compose, merge }))
    if (one && !adapt && one.model === undefined) refuse([stage, 'model'], 'there, as no stage adapt has one')
  for (const name of Object.keys(compose?.adapters ?? {}))
    if (Object.hasOwn(adapt?.adapters ?? {}, name))
      refuse(['compose', 'adapters', name], 'called otherwise, as the stage adapt has one of that name')
  if (synthesize && !adapt && !merge && synthesize.model === undefined)
    refuse(['synthesize', 'model'], 'there, as no stage adapt or merge has one')
  if (trainEncoder && !synthesize && trainEncoder.data === undefined)
    refuse(['train-encoder', 'data'], 'there, as no stage synthesize gives triplets')
  if (evaluate && !trainEncoder && evaluate.model === undefined)
    refuse(['evaluate', 'model'], 'there, as no stage train-encoder makes one')
}
