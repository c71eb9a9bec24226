// A run's state in a folder: `checkpoint-12.safetensors` after its twelfth step, `best-8.safetensors` beside it.
import { readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { XlingError } from '../binding/errors.js'
import { version } from '../binding/load.js'
import { ensureFolder, fileFailure, removeHalfWritten } from '../files/atomic.js'
import { isJsonObject, type JsonObject } from '../files/json-object.js'
import { checkSameRun } from '../files/same-run.js'
import type { Adapter } from '../model/adapter.js'
import type { Model } from '../model/model.js'
import { checkpointState } from '../model/training/checkpoint.js'
import type { Keeper } from './keeper.js'
import { beginning, type Progress } from './progress.js'

export interface Keeping {
  readonly folder: string
  /** Steps from one checkpoint to the next. */
  readonly every: number
  /** Starts over, whatever the folder has. */
  readonly fresh: boolean
  /** What makes a run another one: it must be the same to go on. */
  readonly run: JsonObject
}

/** What is kept beside the weights. */
interface State {
  readonly version: 1
  readonly xling: string
  readonly isa: string
  readonly run: JsonObject
  readonly progress: Progress
}

const kept = /^(checkpoint|best)-(\d+)\.safetensors$/

export function folderKeeper(model: Model, adapter: Adapter | undefined, keeping: Keeping): Keeper {
  const folder = resolve(keeping.folder)
  const trainee = adapter ? { adapter } : {}
  const fileOf = (kind: 'checkpoint' | 'best', step: number) => join(folder, `${kind}-${step}.safetensors`)
  const save = (file: string, progress: Progress) => {
    const { isa } = model.device
    const state: State = { version: 1, xling: version, isa, run: keeping.run, progress }
    return model.saveCheckpoint(file, { ...trainee, state: JSON.stringify(state) })
  }
  let last = ''
  return {
    async takeUp() {
      await ensureFolder(folder)
      await removeHalfWritten(folder)
      if (keeping.fresh) await removeBut(folder, () => false)
      const steps = (await keptIn(folder)).filter(({ kind }) => kind === 'checkpoint').map(({ step }) => step)
      const newest = steps.sort((a, b) => b - a)[0]
      if (newest === undefined) return beginning()
      const file = fileOf('checkpoint', newest)
      const state = readState(file, await checkpointState(file))
      checkSameRun(file, state.run, keeping.run, 'give another folder, or fresh: true to start over in this one')
      warnOfIsa(file, state.isa, model.device.isa)
      await model.loadCheckpoint(file, trainee)
      last = JSON.stringify(state.progress)
      return state.progress
    },
    isDue: step => step % keeping.every === 0,
    async keep(progress) {
      const text = JSON.stringify(progress)
      if (text === last || progress.step === 0) return
      await save(fileOf('checkpoint', progress.step), progress)
      last = text
      const { step, best } = progress
      await removeBut(folder, one => one.step === (one.kind === 'best' ? best?.step : step))
    },
    keepBest: step => save(fileOf('best', step), { ...beginning(), step }),
    restoreBest: async step => {
      await model.loadCheckpoint(fileOf('best', step), trainee)
    },
  }
}

interface Kept {
  readonly name: string
  readonly kind: 'checkpoint' | 'best'
  readonly step: number
}

async function keptIn(folder: string): Promise<Kept[]> {
  const names = await readdir(folder).catch(fileFailure('read', folder))
  return names.flatMap(name => {
    const [, kind, step] = kept.exec(name) ?? []
    return kind === undefined ? [] : [{ name, kind: kind as Kept['kind'], step: Number(step) }]
  })
}

async function removeBut(folder: string, stays: (one: Kept) => boolean): Promise<void> {
  for (const one of await keptIn(folder))
    if (!stays(one)) await rm(join(folder, one.name), { force: true }).catch(fileFailure('remove', one.name))
}

function readState(file: string, text: string): State {
  const malformed = (problem: string, cause?: unknown) =>
    new XlingError('ERR_MALFORMED_FILE', `${file}: ${problem}; remove it to begin anew`, { cause })
  let state: unknown
  try {
    state = JSON.parse(text)
  } catch (cause) {
    throw malformed('its state is not JSON: no training loop wrote it', cause)
  }
  const { version: number, run, progress } = isJsonObject(state) ? state : {}
  if (number !== 1 || !isJsonObject(run) || !isJsonObject(progress) || !Number.isInteger(progress.step))
    throw malformed('its state is none that this version of xling writes')
  return state as State
}

// Results are equal to the bit on one instruction set only.
function warnOfIsa(file: string, saved: string, own: string): void {
  if (saved !== own)
    process.emitWarning(`${file} was written on ${saved} and is taken up on ${own}: rounding differs from here on`, {
      code: 'XLING_OTHER_ISA',
    })
}
