// Our side as a process that does nothing else: it answers lines of JSON. The protocol is in trainer-process.ts.
import { createInterface } from 'node:readline'
import { peakResidentBytes } from '../proc.js'
import { openOurTrainer } from './our-trainer.js'
import type { Step, Trainer, TrainingRequest } from './request.js'
import type { Listed } from './trainer-process.js'

type Message = { request: TrainingRequest; threads: number } | { run: Listed<Step> } | { count: true }

let trainer: Trainer | undefined

async function answerTo(message: Message): Promise<object> {
  if ('request' in message) {
    trainer = await openOurTrainer(message.request)
    return { versions: trainer.versions, threads: trainer.threads }
  }
  if (trainer === undefined) throw new Error('no request came before')
  if ('count' in message) return { trainable: await trainer.trainable() }
  const { ids, offsets, labels, lr, seed } = message.run
  const arrays = { ids: Int32Array.from(ids), offsets: Int32Array.from(offsets), labels: Int32Array.from(labels) }
  const done = await trainer.step({ ...arrays, lr, seed })
  return { ...done, peakBytes: peakResidentBytes() }
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await answerTo(JSON.parse(line)).catch(error => ({ error: `${error}` }))
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
