// What a stage's training gave, step by step, for people and for TensorBoard.
import { join } from 'node:path'
import { XlingError } from '../../binding/errors.js'
import { AppendFile } from '../../files/append-file.js'
import { ensureFolder, writeAtomic } from '../../files/atomic.js'
import { Journal } from '../../files/journal.js'
import type { JsonObject } from '../../files/json-object.js'
import { scalarsRecord, versionRecord } from './event.js'
import { type StepMetrics, stepMetrics } from './step-metrics.js'

/**
 * Writes metrics.jsonl, a line for each step, and the same numbers for TensorBoard, under `loss/`, `gradNorm`, `lr`,
 * `epoch` and `evaluation/`.
 */
export class MetricsLog {
  readonly #journal: Journal
  readonly #events: AppendFile

  private constructor(journal: Journal, events: AppendFile) {
    this.#journal = journal
    this.#events = events
  }

  /**
   * Keeps the lines of an earlier run up to the step that is gone on from, and writes TensorBoard's file anew from them.
   * @param folder is made where it is missing
   * @param fromStep of the checkpoint; 0 keeps nothing
   * @throws XlingError `ERR_MALFORMED_FILE` for a metrics.jsonl with a line that is none, naming it; `ERR_DISK_FULL`,
   * `ERR_FILE_FAILED`
   */
  static async open(folder: string, fromStep: number): Promise<MetricsLog> {
    // By this part of its name TensorBoard knows the file; the same name each time, so that there is one.
    const eventsFile = join(folder, 'tensorboard', 'events.out.tfevents.xling')
    const metricsFile = join(folder, 'metrics.jsonl')
    await ensureFolder(join(folder, 'tensorboard'))
    const kept: StepMetrics[] = []
    const journal = await Journal.open(metricsFile, (line, number) => {
      const metrics = checked(metricsFile, line, number)
      if (metrics.step > fromStep) return false
      kept.push(metrics)
      return true
    })
    const begin = kept[0] ? secondsOf(kept[0]) : Date.now() / 1000
    await writeAtomic(eventsFile, Buffer.concat([versionRecord(begin), ...kept.map(eventOf)]))
    return new MetricsLog(journal, await AppendFile.open(eventsFile))
  }

  /** @throws XlingError `ERR_INVALID_ARGUMENT` for a number that is NaN or infinite, `ERR_DISK_FULL`, `ERR_FILE_FAILED` */
  async write(line: StepMetrics): Promise<void> {
    await this.#journal.append(line)
    await this.#events.append(eventOf(line))
  }

  /**
   * Ends when all lines have reached the disk.
   * @throws XlingError `ERR_DISK_FULL`, `ERR_FILE_FAILED`
   */
  async close(): Promise<void> {
    await this.#journal.sync()
    await Promise.all([this.#journal.close(), this.#events.close()])
  }
}

function checked(file: string, line: JsonObject, number: number): StepMetrics {
  const { data, error } = stepMetrics.safeParse(line)
  if (data) return data
  const [issue] = error.issues
  const problem = `${issue?.path.join('.')}: ${issue?.message}`
  throw new XlingError('ERR_MALFORMED_FILE', `${file}: line ${number} holds no step's metrics: ${problem}`)
}

const secondsOf = ({ time }: StepMetrics) => Date.parse(time) / 1000

function eventOf(line: StepMetrics): Buffer {
  const { step, losses, gradNorm, lr, epoch, evaluation = {} } = line
  return scalarsRecord(secondsOf(line), step, [
    ...under('loss', losses),
    ['gradNorm', gradNorm],
    ['lr', lr],
    ['epoch', epoch],
    ...under('evaluation', evaluation),
  ])
}

const under = (prefix: string, numbers: Readonly<Record<string, number>>) =>
  Object.entries(numbers).map(([name, value]) => [`${prefix}/${name}`, value] as const)
