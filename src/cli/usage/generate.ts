import { z } from 'zod'
import type { QuantizedStorage } from '../../model/decoder.js'
import { type Sampling, samplingRanges } from '../../model/generate/sampling.js'
import { choice, mapping, number, text, truth, whole } from '../../pipeline/recipe/fields.js'
import { modelSource } from '../../pipeline/recipe/model-source.js'
import { schemaFlags } from '../flags/schema-flags.js'
import type { Usage } from '../listed-commands.js'
import { adapterFolder, batchSize, device } from './fields.js'

const storages = ['nf4', 'nf4d', 'q8_0', 'q4_0'] as const satisfies readonly QuantizedStorage[]

/** @param of makes the number */
function setting(name: keyof Sampling, does: string, of: typeof number | typeof whole = number) {
  const { min, max } = samplingRanges[name]
  const bounds = { from: min, to: max }
  return of(bounds).describe(`${does}; ${min} to ${max}. Default: the model's own.`).exactOptional()
}

const generateOptions = mapping({
  model: modelSource,
  adapter: adapterFolder,
  quantize: choice(storages)
    .describe('Storage of the linear layers; nf4d is nf4 with double quantisation. Default: as the files have them.')
    .exactOptional(),
  chat: truth()
    .describe("Puts the prompt as a user's turn, in the model's chat format. Default false.")
    .exactOptional(),
  system: text('a text').describe('What is said before that turn, with --chat. Default: nothing.').exactOptional(),
  maxNewTokens: whole({ from: 1, to: 2 ** 31 - 1 })
    .describe('Tokens of a text at most, 1 or more. Default 128.')
    .exactOptional(),
  temperature: setting('temperature', 'Divides the logits; 0 is greedy'),
  topK: setting('topK', 'Keeps the so many likeliest tokens; 0 is all', whole),
  topP: setting('topP', 'Keeps the likeliest tokens that have this much probability together'),
  minP: setting('minP', 'Keeps tokens that are at least this times as likely as the likeliest'),
  repetitionPenalty: setting('repetitionPenalty', 'Makes tokens that are there already less likely; 1 is off'),
  seed: whole({ from: 0 })
    .describe('Of the draws: the same one gives the same texts; whole, 0 or more. Default 0.')
    .exactOptional(),
  stop: z.array(text('a text')).describe("Text that ends the answer, besides the model's own tokens.").exactOptional(),
  batchSize: batchSize('Prompts', 16),
  device,
}).superRefine(({ chat = false, system }, context) => {
  if (system !== undefined && !chat)
    context.addIssue({ code: 'custom', path: ['system'], message: 'left out, as there is no --chat' })
})

export type GenerateFlags = z.output<typeof generateOptions>

export const generateUsage: Usage = command => {
  const read = schemaFlags(command, generateOptions)
  command
    .argument('[prompt...]', 'texts to go on from; without any, stdin has one a line')
    .option('--json', 'Prints a JSON object a text; so it is for several prompts. Default: one text as it grows.')
    .action(async (prompts, given) => {
      const options = read(given)
      await (await import('../commands/generate.js')).generate(prompts, options, given.json === true)
    })
}
