// How fast an adapter becomes part of the weights of a loaded model in bf16, beside PEFT.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { type Adapter, Decoder, version } from 'xling'
import { gemma, weightsPath } from './generation/weights.js'
import { LineChild } from './peers/line-child.js'
import { ask } from './peers/peer-process.js'
import { pythonPeer } from './peers/python.js'
import { quietly } from './quiet.js'
import { type Row, rowOf } from './row.js'
import { settle } from './settle.js'
import { gigabytesPerSecond } from './units.js'

export const mergeName = 'merge/gemma3-270m/peft'

const mergePeer = pythonPeer('merge_peer.py', 'peft, transformers and torch')

const rounds = 5
const ids = [2, 651, 5279, 529, 7001, 563]

interface Merged {
  readonly seconds: number
  /** Of the weights that changed, as they are stored. */
  readonly bytes: number
  /** Logits of the token after `ids` while it is merged. */
  readonly logits: readonly number[]
}

/** Throws PeerAbsent, BusyMachine, or what went wrong. */
export async function measureMerge(): Promise<Row> {
  const command = mergePeer.locate()
  const packedModel = weightsPath(gemma)
  const folder = await mkdtemp(join(tmpdir(), 'xling-bench-'))
  try {
    return await measureIn(folder, packedModel, command)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** @param folder for the model in bf16, half a gigabyte, and the adapter */
async function measureIn(folder: string, packedModel: string, command: readonly string[]): Promise<Row> {
  const model = join(folder, 'base')
  await using packed = await Decoder.load(packedModel, { device: 'cpu' })
  await packed.save(model, { dtype: 'bf16' })
  await using llm = await Decoder.load(model, { device: 'cpu' })
  const adapter = await random(llm.addAdapter('adapter', { rank: 8, alpha: 16 }))
  await adapter.save(join(folder, 'adapter'))
  const { isa, threads } = llm.device
  const child = new LineChild(command, mergePeer.environment(threads))
  try {
    const request = { model, adapter: join(folder, 'adapter'), ids }
    const { versions } = await ask<{ versions: Record<string, string> }>(child, { request, threads })
    const taken: { xling: Merged; peer: Merged }[] = []
    for (let round = 0; round <= rounds; round += 1) {
      const both = async () => {
        const xling = await merge(llm, adapter)
        await settle(child.pid)
        return { xling, peer: await ask<Merged>(child, { merge: true }) }
      }
      taken.push(round === 0 ? await both() : await quietly(child.pid, both))
    }
    for (const { xling, peer } of taken) refuseOtherWeights(xling, peer)
    const timed = taken.slice(1)
    const work = (side: 'xling' | 'peer') => ({ bytes: timed.reduce((sum, round) => sum + round[side].bytes, 0) })
    const figure = ({ seconds, bytes }: Merged) => gigabytesPerSecond.figure(seconds, bytes)
    return rowOf(
      {
        ...{ name: mergeName, unit: gigabytesPerSecond, isa, threads },
        versions: { xling: version, node: process.versions.node, ...versions },
        work: { xling: work('xling'), peer: work('peer') },
      },
      timed.map(({ xling, peer }) => ({ xling: figure(xling), peer: figure(peer) })),
    )
  } finally {
    await child.end()
  }
}

async function merge(llm: Decoder, adapter: Adapter): Promise<Merged> {
  const start = performance.now()
  await llm.merge(adapter)
  const seconds = (performance.now() - start) / 1000
  const logits = [...(await llm.logits(Int32Array.from(ids)))]
  await llm.unmerge()
  // Beside A [rank, inputs] and B [outputs, rank] stands [outputs, inputs], in bf16.
  const shapes = Object.entries(await adapter.parameters())
  const sizes = (which: string, side: number) =>
    shapes.filter(([name]) => name.includes(which)).map(([, { shape }]) => shape[side] ?? 0)
  const [inputs, outputs] = [sizes('lora_A', 1), sizes('lora_B', 0)]
  return { seconds, bytes: inputs.reduce((sum, size, i) => sum + 2 * size * (outputs[i] ?? 0), 0), logits }
}

async function random(adapter: Adapter): Promise<Adapter> {
  const factors = Object.entries(await adapter.parameters()).map(([name, { shape, data }], i) => [
    name,
    { shape, data: data.map((_, at) => 0.05 * Math.sin(i * 17 + at * 1.37)) },
  ])
  await adapter.setParameters(Object.fromEntries(factors))
  return adapter
}

function refuseOtherWeights(xling: Merged, peer: Merged): void {
  if (xling.bytes !== peer.bytes)
    throw new Error(`${mergeName}: xling merged into ${xling.bytes} bytes, the peer into ${peer.bytes}`)
  // The peer computes in bf16, which keeps 8 bits: the sides' logits go the same way, and are not the same.
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)
  const cosine =
    dot(xling.logits, peer.logits) / Math.sqrt(dot(xling.logits, xling.logits) * dot(peer.logits, peer.logits))
  if (!(cosine > 0.99)) throw new Error(`${mergeName}: the sides' logits differ: their cosine is ${cosine}`)
}
