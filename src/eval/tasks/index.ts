// Every evaluation task, by its id.
import { semrel } from './semrel.js'
import { sts } from './sts.js'
import type { EvaluationTask } from './task.js'

export type TaskId = 'semrel' | 'sts'

export const tasks: Readonly<Record<TaskId, EvaluationTask>> = { semrel, sts }
