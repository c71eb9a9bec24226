import type { Usage } from '../listed-commands.js'

export const inspectUsage: Usage = command => {
  command
    .argument(
      '<what>',
      'a model (folder, .gguf file or hub id), an adapter or run directory, a data source (path, glob or hf:// address), ' +
        'or a checkpoint; no weights are loaded, but a model of the hub is fetched if it is not there',
    )
    .option('--json', 'Prints it as JSON.')
    .action(async (what, { json = false }) => (await import('../commands/inspect.js')).inspectCommand(what, json))
}
