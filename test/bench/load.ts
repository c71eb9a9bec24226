// From a file to the first logits. No peer does the same: theirs keep the weights mapped, or widen them.
import { performance } from 'node:perf_hooks'
import { Decoder, version } from 'xling'
import { gemma, weightsPath } from './generation/weights.js'
import { quietly } from './quiet.js'
import { type Row, rowAlone } from './row.js'
import { seconds } from './units.js'

export const loadName = 'load/gemma3-270m'

const loads = 5

interface Loaded {
  readonly seconds: number
  /** That are finite. */
  readonly logits: number
}

/** Throws PeerAbsent without the file, BusyMachine, or what went wrong. */
export async function measureLoad(): Promise<Row> {
  const path = weightsPath(gemma)
  // Brings the file into the cache, besides.
  await using first = await Decoder.load(path, { device: 'cpu' })
  const ids = first.tokenizer.encode('The capital of France is')
  await load(path, ids)
  const taken: Loaded[] = []
  while (taken.length < loads) taken.push(await quietly(undefined, () => load(path, ids)))
  const logits = taken.reduce((sum, one) => sum + one.logits, 0)
  const heading = {
    name: loadName,
    unit: seconds,
    isa: first.device.isa,
    threads: first.device.threads,
    versions: { xling: version, node: process.versions.node },
    work: { xling: { loads, tokens: loads * ids.length, logits }, peer: null },
  }
  return rowAlone(
    heading,
    taken.map(one => one.seconds),
  )
}

async function load(path: string, ids: Int32Array): Promise<Loaded> {
  const start = performance.now()
  await using decoder = await Decoder.load(path, { device: 'cpu' })
  const logits = await decoder.logits(ids)
  const taken = (performance.now() - start) / 1000
  return { seconds: taken, logits: logits.reduce((count, value) => count + Number(Number.isFinite(value)), 0) }
}
