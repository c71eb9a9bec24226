// All rows that can be asked for, by name.
import { cases } from './cases.js'
import { contrastiveSteps } from './contrastive/contrastive-steps.js'
import { encodeName, measureEncoding } from './contrastive/encode.js'
import { decodeJobs } from './generation/decode.js'
import { measureGeneration } from './generation/measure-generation.js'
import { promptCount, samplingJob } from './generation/sampling.js'
import { loadName, measureLoad } from './load.js'
import { measure, rowName } from './measure.js'
import { measureMerge, mergeName } from './merge.js'
import type { Row } from './row.js'
import { loraSteps } from './training/lora-steps.js'
import { measureMemory, memoryName } from './training/measure-memory.js'
import { measureSteps } from './training/measure-steps.js'

export interface NamedRow {
  readonly name: string
  /** Throws PeerAbsent, BusyMachine, or what went wrong. */
  measure(): Promise<Row>
}

/** @param prompts `XLING_BENCH_PROMPTS`; throws RangeError where it is no number of them */
export function namedRows(prompts: string | undefined): NamedRow[] {
  const kernels = cases.flatMap(bench =>
    bench.peers.map(peerCase => ({ name: rowName(bench, peerCase), measure: () => measure(bench, peerCase) })),
  )
  const generation = [samplingJob(promptCount(prompts)), ...decodeJobs].flatMap(job =>
    job.peers.map(peer => {
      const name = `${job.name}/${peer}`
      return { name, measure: () => measureGeneration(name, job, peer) }
    }),
  )
  const training = [
    { name: loraSteps.name, measure: () => measureSteps(loraSteps) },
    { name: contrastiveSteps.name, measure: () => measureSteps(contrastiveSteps) },
    { name: encodeName, measure: measureEncoding },
    { name: memoryName, measure: measureMemory },
  ]
  const merging = { name: mergeName, measure: measureMerge }
  return [...kernels, ...training, merging, ...generation, { name: loadName, measure: measureLoad }]
}
