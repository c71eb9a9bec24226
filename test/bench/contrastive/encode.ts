// How many sentences a second become vectors, from text to numbers, beside sentence-transformers.
import { performance } from 'node:perf_hooks'
import { Encoder, version } from 'xling'
import { LineChild } from '../peers/line-child.js'
import { ask } from '../peers/peer-process.js'
import { sentenceTransformers } from '../peers/sentence-transformers.js'
import { quietly } from '../quiet.js'
import { type Row, rowOf } from '../row.js'
import { settle } from '../settle.js'
import { pairsPath, readPairs } from '../training/pairs.js'
import { rowsPerSecond } from '../units.js'
import { minilmFolder } from './minilm.js'

export const encodeName = 'encode/minilm/sentence-transformers'

const rounds = 5
const sentencesPerRound = 600

interface Encoded {
  readonly seconds: number
  readonly rows: number
  /** Of the last sentence. */
  readonly vector: readonly number[]
}

/** Throws PeerAbsent, BusyMachine, or what went wrong. */
export async function measureEncoding(): Promise<Row> {
  const command = sentenceTransformers.locate()
  const model = minilmFolder()
  const sentences = (await readPairs(pairsPath(), (1 + rounds) * sentencesPerRound)).map(({ target }) => target)
  // As whoever encodes and does not train would load it.
  await using encoder = await Encoder.load(model, { device: 'cpu', trainable: 'adapters' })
  const { isa, threads } = encoder.device
  const child = new LineChild(command, sentenceTransformers.environment(threads))
  try {
    const request = { model, batchSize: 1, temperature: 1, clip: 1, weightDecay: 0, padId: 0 }
    const { versions } = await ask<{ versions: Record<string, string> }>(child, { request, threads })
    const taken: { xling: Encoded; peer: Encoded }[] = []
    for (let begin = 0; begin < sentences.length; begin += sentencesPerRound) {
      const texts = sentences.slice(begin, begin + sentencesPerRound)
      const round = async () => {
        const xling = await encode(encoder, texts)
        await settle(child.pid)
        return { xling, peer: await ask<Encoded>(child, { encode: texts }) }
      }
      taken.push(begin === 0 ? await round() : await quietly(child.pid, round))
    }
    for (const { xling, peer } of taken) refuseOtherVectors(xling, peer)
    const timed = taken.slice(1)
    const rows = (side: 'xling' | 'peer') => ({ rows: timed.reduce((sum, round) => sum + round[side].rows, 0) })
    return rowOf(
      {
        ...{ name: encodeName, unit: rowsPerSecond, isa, threads },
        versions: { xling: version, node: process.versions.node, ...versions },
        work: { xling: rows('xling'), peer: rows('peer') },
      },
      timed.map(({ xling, peer }) => ({ xling: figure(xling), peer: figure(peer) })),
    )
  } finally {
    await child.end()
  }
}

async function encode(encoder: Encoder, texts: readonly string[]): Promise<Encoded> {
  const start = performance.now()
  const vectors = await encoder.encode(texts)
  const seconds = (performance.now() - start) / 1000
  return { seconds, rows: vectors.length / encoder.dimension, vector: [...vectors.subarray(-encoder.dimension)] }
}

const figure = ({ seconds, rows }: Encoded) => rowsPerSecond.figure(seconds, rows)

function refuseOtherVectors(xling: Encoded, peer: Encoded): void {
  if (xling.rows !== peer.rows)
    throw new Error(`${encodeName}: xling made ${xling.rows} vectors, the peer ${peer.rows}`)
  // Both sum in f32, in another order: 1e-6 or so of vectors of length 1.
  const apart = xling.vector.map((value, i) => Math.abs(value - (peer.vector[i] ?? Number.NaN)))
  if (!apart.every(distance => distance < 1e-5)) throw new Error(`${encodeName}: the sides' vectors differ`)
}
