#!/usr/bin/env node
// Exit codes: 0 done, 1 it failed, 2 the command line is wrong, 130 interrupted.
import { createRequire } from 'node:module'
import { Command, CommanderError } from 'commander'
import { XlingError } from '../binding/errors.js'

// The addon is loaded by the command that needs it, so that --help always works
// and a missing addon is an error like any other.
const program = new Command('xling')
  .description("A good sentence encoder for any of the world's languages.")
  .version(createRequire(import.meta.url)('../../package.json').version)
  .exitOverride()
  .showSuggestionAfterError()

program
  .command('doctor')
  .description('say what this machine offers, and try the kernels against their formulas')
  .option('--json', 'print it as JSON')
  .addHelpText('after', '\nExamples:\n  xling doctor\n  XLING_THREADS=1 XLING_ISA=portable xling doctor --json')
  .action(async options => (await import('./commands/doctor.js')).doctor(options))

program
  .command('run')
  .argument('<recipe>', 'a YAML file, as examples/xl-lora.yaml')
  .description('run the stages of a recipe; what is done is skipped, what was interrupted goes on')
  .option('--folder <folder>', 'the run directory (default: runs/<the recipe’s name>)')
  .option('--fresh', 'start over, whatever the run directory has')
  .option('--json', 'print events as JSON, one a line')
  .addHelpText('after', '\nExamples:\n  xling run recipe.yaml\n  xling run recipe.yaml --folder runs/second --fresh')
  .action(async (recipe, options) => (await import('./commands/run.js')).run(recipe, options))

program
  .command('quickstart')
  .description('show what this version does, on this machine, without network')
  .addHelpText('after', '\nExample:\n  xling quickstart')
  .action(async () => (await import('./commands/quickstart.js')).quickstart())

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
  else if (error instanceof XlingError) {
    console.error(`xling: ${error.message} [${error.code}]`)
    process.exitCode = 1
  } else throw error
}
