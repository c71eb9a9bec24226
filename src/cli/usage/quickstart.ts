import { mapping, text, whole } from '../../pipeline/recipe/fields.js'
import { schemaFlags } from '../flags/schema-flags.js'
import type { Usage } from '../listed-commands.js'

const quickstartOptions = mapping({
  seed: whole({ from: 0 })
    .describe('Gives all data and all that is drawn; whole, 0 or more. Default 1.')
    .exactOptional(),
  folder: text('a folder')
    .describe('For what it makes: data, adapters, the encoder. Default: a new one for temporary files, which stays.')
    .exactOptional(),
})

export const quickstartUsage: Usage = command => {
  const read = schemaFlags(command, quickstartOptions)
  command.action(async given => (await import('../commands/quickstart.js')).quickstart(read(given)))
}
