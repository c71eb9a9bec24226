// What training needs to go on exactly, as a file.
import { resolve } from 'node:path'
import { XlingError } from '../../binding/errors.js'
import { settle } from '../../binding/job.js'
import { native } from '../../binding/load.js'
import type { ParameterOwner } from '../parameters.js'

/** @throws XlingError `ERR_INVALID_ARGUMENT`, `ERR_FILE_NOT_FOUND` for the folder, `ERR_FILE_FAILED`, `ERR_DISK_FULL` */
export async function saveCheckpoint(owner: ParameterOwner, file: string, state: string): Promise<void> {
  checkText('saveCheckpoint: file', file)
  if (typeof state !== 'string')
    throw new XlingError('ERR_INVALID_ARGUMENT', 'saveCheckpoint: state must be a string; give JSON of what it is')
  const { model, adapter, names } = owner
  await settle(() => native.saveCheckpoint(model, adapter, resolve(file), [...names], state))
}

/**
 * Nothing is changed where it throws.
 * @throws XlingError `ERR_FILE_NOT_FOUND`, `ERR_FILE_FAILED`, `ERR_MALFORMED_FILE`, `ERR_UNSUPPORTED_FILE`,
 * `ERR_WEIGHTS_MISMATCH`, `ERR_NON_FINITE`
 */
export async function loadCheckpoint({ model, adapter, names }: ParameterOwner, file: string): Promise<string> {
  const state = await checkpointState(file)
  await settle(() => native.loadCheckpoint(model, adapter, resolve(file), [...names]))
  return state
}

/**
 * The state that was saved with a checkpoint, and nothing else of it.
 * @throws XlingError `ERR_FILE_NOT_FOUND`, `ERR_FILE_FAILED`, `ERR_MALFORMED_FILE`, `ERR_UNSUPPORTED_FILE`
 */
export function checkpointState(file: string): Promise<string> {
  checkText('loadCheckpoint: file', file)
  return settle(() => native.checkpointState(resolve(file)))
}

function checkText(where: string, text: unknown): void {
  if (typeof text !== 'string' || text === '')
    throw new XlingError('ERR_INVALID_ARGUMENT', `${where} must be a path, a string that is not empty`)
}
