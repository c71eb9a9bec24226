import { oneOf } from '../../pipeline/recipe/fields.js'
import { type BenchName, benchNames } from '../bench-names.js'
import type { Usage } from '../listed-commands.js'
import { UsageError } from '../usage-error.js'

export const benchUsage: Usage = command => {
  command
    .argument('[kernel...]', `which: ${benchNames.join(', ')}; default: all`)
    .option('--json', 'Prints it as JSON.')
    .addHelpText(
      'after',
      "\nMedians of this package's kernels alone; `npm run bench` in its repository has others beside them.",
    )
    .action(async (names: BenchName[], { json = false }) => {
      const unknown = names.find(name => !benchNames.some(known => known === name))
      if (unknown !== undefined)
        throw new UsageError(`there is no '${unknown}'; it must be ${oneOf(benchNames, unknown)}`)
      await (await import('../commands/bench.js')).bench(names.length > 0 ? names : benchNames, json)
    })
}
