// The steps of the LoRA job, beside PEFT.
import { peft } from '../peers/peft.js'
import { rowsPerSecond } from '../units.js'
import { jobName, prepareJob } from './job.js'
import type { StepsRow } from './measure-steps.js'
import { openOurTrainer } from './our-trainer.js'
import type { Step, TrainingRequest } from './request.js'
import type { Agreement } from './same-steps.js'

export const loraAgreement: readonly Agreement[] = [
  // Before the first step B is zero: neither the random A nor dropout is in the loss. What is left is rounding: f32 sums
  // in another order differ by 1e-5 or so, and a side that computes something else by percents.
  { step: 0, key: 'loss', what: 'loss', within: 1e-3 },
  // A and dropout are in it, each side's own draws, which move it by a percent or so.
  { step: 0, key: 'gradNorm', what: "gradients' norm", within: 0.1 },
  // The first step takes 5 % off the loss of other rows, and the draws move that by a twentieth.
  { step: 1, key: 'loss', what: 'loss', within: 0.02 },
]

export const loraSteps: StepsRow<TrainingRequest, Step> = {
  name: `${jobName}/peft`,
  unit: rowsPerSecond,
  peer: peft,
  prepare: prepareJob,
  open: openOurTrainer,
  agreement: loraAgreement,
}
