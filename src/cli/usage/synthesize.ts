import { join } from 'node:path'
import { parseShard, shardOfEnvironment } from '../../generate/shard.js'
import type { FilterOptions } from '../../parse/filters/index.js'
import { addFlags } from '../flags/add-flags.js'
import { flagValues } from '../flags/flag-values.js'
import type { Usage } from '../listed-commands.js'
import { StageForm } from '../stage-form.js'

/** The stage, and what several processes need: each writes a part, and one joins them. */
export const synthesizeUsage: Usage = command => {
  const form = new StageForm('synthesize', undefined)
  const ofFilters = form.flags.filter(({ keys: [first] }) => first === 'filters')
  addFlags(command, form.flags)
  command
    .option('--folder <folder>', `The run directory. Default: ${join('runs', 'synthesize')}.`)
    .option('--fresh', 'Starts over, whatever the run directory has of this stage.')
    .option('--shard <i/n>', 'Writes the i-th of n parts alone. Default: what torchrun, MPI or Slurm says, else all.')
    .option('--join', 'Puts the parts of several processes together, and writes nothing anew.')
    .option('--json', 'Prints events as JSON, one a line, and nothing else.')
    .action(async given => {
      const { folder = join('runs', 'synthesize'), fresh = false, json = false } = given
      const commands = await import('../commands/synthesize.js')
      if (given.join) {
        const { filters = {} } = flagValues(ofFilters, given)
        return commands.joinParts(folder, filters as FilterOptions, { json })
      }
      const recipe = form.recipe(given)
      const shard = given.shard === undefined ? shardOfEnvironment(process.env) : parseShard('--shard', given.shard)
      if (shard && shard.count > 1) return commands.synthesizePart(recipe, { folder, fresh, json, shard })
      const { stage } = await import('../commands/stage.js')
      return stage(recipe, { folder, fresh, json })
    })
}
