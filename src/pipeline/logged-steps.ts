// A training whose steps are written down as they come.
import { mappedEvents } from '../binding/mapped-events.js'
import type { StepEvent, TrainResult } from '../train/step-event.js'
import { MetricsLog } from './metrics/metrics-log.js'
import type { StepMetrics } from './metrics/step-metrics.js'
import type { StageEvent } from './stage.js'

/**
 * Passes steps on when they are written; what a killed run wrote beyond the step that this one goes on from is dropped.
 * @param folder for metrics.jsonl and TensorBoard's files
 */
export async function* loggedSteps(
  folder: string,
  steps: AsyncGenerator<StepEvent, TrainResult>,
): AsyncGenerator<StageEvent, TrainResult> {
  let log: MetricsLog | undefined
  try {
    return yield* mappedEvents(steps, async (event): Promise<StageEvent> => {
      log ??= await MetricsLog.open(folder, event.step - 1)
      await log.write(metricsOf(event))
      return { kind: 'step', event }
    })
  } finally {
    await log?.close()
  }
}

function metricsOf({ step, epoch, losses, gradNorm, lr, rows, tokens, seconds, evaluation }: StepEvent): StepMetrics {
  const time = new Date().toISOString()
  return { step, epoch, losses, gradNorm, lr, rows, tokens, ...(evaluation && { evaluation }), seconds, time }
}
