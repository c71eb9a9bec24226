import type { Usage } from '../listed-commands.js'

export const runUsage: Usage = command => {
  command
    .argument('<recipe>', 'a YAML file, as examples/xl-lora.yaml')
    .option('--folder <folder>', "The run directory. Default: runs/<the recipe's name>.")
    .option('--fresh', 'Starts over, whatever the run directory has.')
    .option('--json', 'Prints events as JSON, one a line, and nothing else.')
    .action(async (recipe, options) => (await import('../commands/run.js')).run(recipe, options))
}
