import { join } from 'node:path'
import { addFlags } from '../flags/add-flags.js'
import type { Usage } from '../listed-commands.js'
import { StageForm } from '../stage-form.js'
import { UsageError } from '../usage-error.js'

/** @param options.named the stage's mapping of names, where it has one: the command makes one entry of it */
export function stageUsage(stage: string, { named }: { named?: string }): Usage {
  return command => {
    const form = new StageForm(stage, named)
    const byTask = form.flags.some(({ name }) => name === '--task')
    if (named !== undefined)
      command.option('--name <text>', `What it is called. ${byTask ? 'Default: its task.' : 'It is required.'}`)
    addFlags(command, form.flags)
    command
      .option('--folder <folder>', `The run directory. Default: ${join('runs', idOf(stage, named && '<name>'))}.`)
      .option('--fresh', 'Starts over, whatever the run directory has of this stage.')
      .option('--json', 'Prints events as JSON, one a line, and nothing else.')
      .action(async given => {
        const { name = given.task?.[0], fresh = false, json = false } = given
        if (named !== undefined && name === undefined)
          throw new UsageError(`--name: is missing; give it${byTask ? ', or --task' : ''}`)
        const { folder = join('runs', idOf(stage, named && name)) } = given
        const recipe = form.recipe(given, name)
        const { stage: run } = await import('../commands/stage.js')
        await run(recipe, { folder, fresh, json })
      })
  }
}

const idOf = (stage: string, name: string | undefined) => (name === undefined ? stage : `${stage}-${name}`)
