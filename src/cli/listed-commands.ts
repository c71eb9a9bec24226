// Every command, in the order of the job.
import type { Command } from 'commander'

/** Declares a command's arguments and flags, and what is done with them. */
export type Usage = (command: Command) => void

export interface Listed {
  readonly name: string
  readonly does: string
  readonly examples: readonly string[]
  readonly load: () => Promise<Usage>
}

/** A recipe's stage as a command: one adapter of `adapters` is `named`. */
const stage = (name: string, does: string, options: { examples: string[]; named?: string }): Listed => ({
  ...{ name, does, examples: options.examples },
  load: async () => (await import('./usage/stage.js')).stageUsage(name, options),
})

export const listed: readonly Listed[] = [
  {
    name: 'doctor',
    does: 'say what this machine offers, and try the kernels against their formulas',
    examples: ['xling doctor', 'XLING_THREADS=1 XLING_ISA=portable xling doctor --json'],
    load: async () => (await import('./usage/doctor.js')).doctorUsage,
  },
  {
    name: 'quickstart',
    does: 'do the whole job in a world of four small languages, in a minute, without network',
    examples: ['xling quickstart', 'xling quickstart --seed 2 --folder quick'],
    load: async () => (await import('./usage/quickstart.js')).quickstartUsage,
  },
  {
    name: 'inspect',
    does: 'say what a model, an adapter, a data source, a run directory or a checkpoint is',
    examples: [
      'xling inspect ./gemma-3-270m-it',
      "xling inspect 'triplets/*.parquet'",
      'xling inspect runs/xl-lora --json',
    ],
    load: async () => (await import('./usage/inspect.js')).inspectUsage,
  },
  {
    name: 'run',
    does: 'run the stages of a recipe; what is done is skipped, what was interrupted goes on',
    examples: ['xling run recipe.yaml', 'xling run recipe.yaml --folder runs/second --fresh'],
    load: async () => (await import('./usage/run.js')).runUsage,
  },
  stage('adapt', 'train a LoRA adapter on a decoder, as the stage of a recipe', {
    named: 'adapters',
    examples: [
      'xling adapt --name positive --model google/gemma-3-270m-it --data pos.csv --train.lr 2e-4 --adapter.rank 8',
      'xling adapt --name down --task negative --model base.gguf --quantize nf4 --data neg.csv --data.limit 500 \\',
      '    --train.lr 2e-4 --train.epochs 3 --train.batch-size 16 --evaluate.data neg-dev.csv --folder runs/down',
    ],
  }),
  stage('compose', 'add up adapters into a new one, as the stage of a recipe', {
    named: 'adapters',
    examples: [
      "xling compose --name hausa --model base.gguf --sum '{runs/x/adapt/positive/adapter: 1, ./hausa: 0.5, ./english: -0.5}'",
      "xling compose --name half --model base.gguf --sum '{./positive: 0.5}' --rank 4 --folder runs/half",
    ],
  }),
  stage('merge', 'write a model with adapters merged into its weights, as the stage of a recipe', {
    examples: [
      "xling merge --model base.gguf --sum '{runs/x/adapt/positive/adapter: 1}' --folder runs/x",
      "xling merge --model ./encoder --sum '{runs/e/train-encoder/adapter: 1}' --dtype f16",
    ],
  }),
  {
    name: 'synthesize',
    does: 'let adapted decoders write triplets, as the stage of a recipe, whole or in parts',
    examples: [
      'xling synthesize --model base.gguf --adapters.positive runs/x/adapt/positive/adapter \\',
      '    --adapters.negative runs/x/adapt/negative/adapter --sentences hausa.csv --folder runs/x',
      'srun -n 8 xling synthesize … --folder /shared/x && xling synthesize --join --folder /shared/x',
    ],
    load: async () => (await import('./usage/synthesize.js')).synthesizeUsage,
  },
  stage('train-encoder', 'train a sentence encoder, or an adapter on one, as the stage of a recipe', {
    examples: [
      'xling train-encoder --model sentence-transformers/LaBSE --pooling avg_first_last --data triplets.csv \\',
      '    --train.lr 5e-5 --train.batch-size 512 --evaluate.task semrel --evaluate.data hau/dev.csv',
      'xling train-encoder --objective masked-lm --model ./bert --data sentences.csv --train.lr 1e-4',
    ],
  }),
  {
    name: 'evaluate',
    does: 'score an encoder on pairs that people scored, beside a control',
    examples: [
      'xling evaluate --model ./encoder --task semrel --data hau/test.csv',
      'xling evaluate --model owner/name --adapter runs/x/train-encoder/adapter --task sts --data sts-test.csv --json',
    ],
    load: async () => (await import('./usage/evaluate.js')).evaluateUsage,
  },
  {
    name: 'embed',
    does: 'make vectors of sentences',
    examples: [
      'xling embed --model ./encoder --data sentences.txt --output vectors.npy',
      "xling embed --model owner/name --data corpus.parquet --data.columns '{text: body}' --normalize \\",
      '    --output vectors.jsonl',
    ],
    load: async () => (await import('./usage/embed.js')).embedUsage,
  },
  {
    name: 'generate',
    does: 'continue prompts, or answer them',
    examples: [
      "xling generate --model google/gemma-3-270m-it --chat 'Say good morning in Hausa.'",
      'xling generate --model base.gguf --adapter runs/x/adapt/positive/adapter --temperature 0.8 --seed 1 < prompts.txt',
    ],
    load: async () => (await import('./usage/generate.js')).generateUsage,
  },
  {
    name: 'bench',
    does: 'time kernels on this machine',
    examples: ['xling bench', 'XLING_THREADS=1 xling bench gemm decode --json'],
    load: async () => (await import('./usage/bench.js')).benchUsage,
  },
]
