// Every objective, by its name.
import { contrastive } from './contrastive.js'
import { maskedLm } from './masked-lm.js'
import type { Objective } from './objective.js'
import { sft } from './sft.js'

export type ObjectiveId = 'sft' | 'contrastive' | 'masked-lm'

export const objectives: Readonly<Record<ObjectiveId, Objective>> = { sft, contrastive, 'masked-lm': maskedLm }
