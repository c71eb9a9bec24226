// A run, told as it goes: to a program, on a terminal, or in lines.
import type { RunEvent } from '../../pipeline/run-event.js'
import { drawsOn } from './bar-line.js'
import { RunLines } from './run-lines.js'
import { StepBar } from './step-bar.js'

/** What stages came to goes to stdout; how far they are, to stderr. */
export async function tellRun(events: AsyncIterable<RunEvent>, { json }: { json: boolean }): Promise<void> {
  const lines = new RunLines()
  using bar = !json && drawsOn(process.stderr) ? new StepBar(process.stderr) : null
  for await (const event of events) {
    const said = json ? [JSON.stringify(event)] : lines.of(event)
    if (json || event.kind === 'done' || event.kind === 'skipped') {
      bar?.clear()
      for (const line of said) console.log(line)
    } else {
      if (!bar || event.kind === 'began') for (const line of said) console.error(line)
      bar?.show(event)
    }
  }
}
