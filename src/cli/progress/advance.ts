// How far a stage is, whatever it does.
import type { RunEvent } from '../../pipeline/run-event.js'
import type { StageEvent } from '../../pipeline/stage.js'

export interface Advance {
  /** What is counted: `step`, `sentence`. */
  readonly unit: string
  readonly done: number
  readonly all: number
  /** Rows that this was about; 0 where they were dealt with before. */
  readonly rows: number
  /** In a few words. */
  readonly said: readonly string[]
  /** What there is room for on a line of its own. */
  readonly besides: readonly string[]
  /** Of an evaluation, where there was one. */
  readonly found: readonly string[]
}

/** Undefined for what is no advance, but a beginning or an end. */
export function advanceOf(event: RunEvent): Advance | undefined {
  return event.kind === 'step' || event.kind === 'sentence' ? advance(event) : undefined
}

function advance(told: StageEvent): Advance {
  if (told.kind === 'sentence') {
    const { done, sentences, kept, resumed } = told.event
    return {
      unit: 'sentence',
      done,
      all: sentences,
      rows: resumed ? 0 : 1,
      said: [`${kept} kept`],
      besides: [],
      found: [],
    }
  }
  const { step, steps, rows, losses, lr, evaluation = {}, best } = told.event
  const found = [...numbers(evaluation), ...(best ? ['best so far'] : [])]
  const besides = [`lr ${lr.toPrecision(3)}`]
  return { unit: 'step', done: step, all: steps, rows, said: numbers(losses), besides, found }
}

/** `contrastive 1.2346` */
export const numbers = (named: Readonly<Record<string, number>>) =>
  Object.entries(named).map(([name, value]) => `${name} ${value.toFixed(4)}`)
