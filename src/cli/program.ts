// The command line as a whole. Neither a command's flags nor its work is loaded before it is asked for: `--help` needs no
// addon, and a missing addon is an error like any other.
import { createRequire } from 'node:module'
import { Command } from 'commander'
import { nearestFlag } from './flags/nearest-flag.js'
import { type Listed, listed } from './listed-commands.js'

const ending = `
The job, in its order:
  xling doctor                                            what this machine offers
  xling inspect google/gemma-3-270m-it                    what a model, an adapter, data or a run is
  xling run recipe.yaml                                   all stages of a recipe, or one by one:
  xling adapt --name positive --model … --data … --train.lr 2e-4
  xling train-encoder --model … --data … --train.lr 5e-5
  xling evaluate --model … --task semrel --data …         how good an encoder is
  xling embed --model … --data … --output vectors.npy     what it is for

What a command found or made goes to stdout, how far it is to stderr: bars on a terminal, lines elsewhere, or where
NO_COLOR is set or TERM is dumb. Ctrl-C ends work in order, a second one at once.

Exit codes: 0 done, 1 it failed, 2 the command line is wrong, 130 interrupted by Ctrl-C (SIGINT), 143 by SIGTERM.`

/** Commander, ready to parse. */
export function program(): Command {
  const { version } = createRequire(import.meta.url)('../../package.json')
  const all = new Command('xling')
    .description("A good sentence encoder for any of the world's languages.")
    .version(version)
    .enablePositionalOptions()
    .exitOverride()
    .showSuggestionAfterError()
    .helpCommand(false)
    .configureHelp({ helpWidth: process.stdout.columns ?? 120, minWidthToWrap: 20 })
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'xling: ')) })
    .addHelpText('after', ending)
    .hook('preSubcommand', async (_, command) => {
      const found = listed.find(({ name }) => name === command.name())
      if (found) await declare(command, found)
    })
  for (const { name, does } of listed) all.command(name).description(does)
  all
    .command('help')
    .argument('[command]')
    .description('show what a command takes')
    .action(async command => {
      await all.parseAsync([...(command === undefined ? [] : [command]), '--help'], { from: 'user' })
    })
  return all
}

async function declare(command: Command, { examples, load }: Listed): Promise<void> {
  const usage = await load()
  usage(command)
  command.addHelpText('after', `\nExamples:\n${examples.map(example => `  ${example}`).join('\n')}`)
  // Commander's suggestions know nothing of the parts of a name.
  command.showSuggestionAfterError(false).configureOutput({
    outputError: (text, write) => write(text.replace(/^error: /, 'xling: ').trimEnd() + hint(command, text)),
  })
}

function hint(command: Command, text: string): string {
  const [, unknown] = /unknown option '(.*)'/.exec(text) ?? []
  const known = command.options.filter(({ hidden }) => !hidden).flatMap(({ long }) => long ?? [])
  const nearest = unknown === undefined ? '' : `; did you mean ${nearestFlag(unknown, [...known, '--help'])}?`
  return `${nearest} (xling ${command.name()} --help shows all)\n`
}
