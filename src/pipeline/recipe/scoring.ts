// A set by which an encoder is scored.
import { z } from 'zod'
import { type TaskId, tasks } from '../../eval/tasks/index.js'
import { dataPath } from './data-source.js'
import { mapping, oneOf, text } from './fields.js'

const pairTasks = Object.keys(tasks) as TaskId[]

const scoredPairs = mapping({
  task: z.enum(pairTasks).describe("Whose files the data are, and on which scale people's scores."),
  data: dataPath.describe("CSV files as the task's authors publish them: a path, a glob, or hf://datasets/…"),
})

const retrieval = mapping({
  task: z.literal('retrieval').describe('Documents are to be found by queries.'),
  data: dataPath.describe('A folder as BEIR has them: a path or hf://datasets/…'),
  split: text("a split's name").describe('Whose judgements. Default: test.').exactOptional(),
})

export const scoring = z.discriminatedUnion('task', [scoredPairs, retrieval], {
  error: ({ code, input }) =>
    code === 'invalid_union' ? oneOf([...pairTasks, 'retrieval'], Object(input).task) : 'a mapping with task and data',
})

export type Scoring = z.infer<typeof scoring>
