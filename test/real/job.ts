// The whole job on real input: Gemma 3 270M writes triplets for Hausa, MiniLM learns from them, beside its controls.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runRecipe, type Triplet } from 'xling'
import { readExamples } from '#xling/data/read-examples'
import { permutation } from '#xling/data/shuffle'
import { tasks } from '#xling/eval/tasks/index'
import { readPairs } from '#xling/eval/tasks/task'
import { runScript, Skip, scratch } from './python.js'

const scripts = fileURLToPath(new URL('./test/real/', import.meta.resolve('xling/package.json')))

const [pairs, sentences] = [500, 500]
const languages = ['hau', 'afr', 'eng'] as const
const seed = 42

/** Where the run directories are kept: stages that are done are not done again. */
const place = join(scratch, 'job')

/** @returns lines that say what was found */
export async function runJob(): Promise<string> {
  const { pos, semrel } = data()
  await mkdir(join(scratch, 'models'), { recursive: true })
  await mkdir(place, { recursive: true })
  await runScript(join(scripts, 'put_weights.py'), [join(scratch, 'models')])
  const encoder = join(scratch, 'models', 'all-MiniLM-L6-v2')
  await runScript(join(scripts, 'sentence_scores.py'), ['put', encoder])
  await writeSentences(join(semrel, 'hau/train.csv'), join(place, 'hau.jsonl'))

  const train = { epochs: 3, batchSize: 64, lr: 5e-5, schedule: 'linear', clip: 1, maxTokens: 32, temperature: 0.05 }
  const sets = languages.map(language => [language, { task: 'semrel', data: join(semrel, language, 'test.csv') }])
  const trained = { 'train-encoder': { model: encoder, train }, evaluate: { sets: Object.fromEntries(sets) } }
  const ours = await run('ours', {
    ...{ seed, ...adaptAndSynthesize(pos) },
    ...trained,
  })
  const triplets = join(place, 'ours/synthesize/triplets/triplets.jsonl')
  await writeShuffled(triplets, join(place, 'shuffled.jsonl'))
  const real = await writeReal(pos, join(place, 'real.jsonl'))
  const on = (name: string, data: string) =>
    run(name, { seed, ...trained, 'train-encoder': { ...trained['train-encoder'], data: join(place, data) } })
  const others = {
    'shuffled pairs': await on('shuffled', 'shuffled.jsonl'),
    'SimCSE on the same sentences': await on('simcse', 'hau.jsonl'),
    [`${real} real triplets`]: await on('real', 'real.jsonl'),
  }
  return report(ours, others)
}

function data(): { pos: string; semrel: string } {
  const [pos, folder] = [process.env.XLING_REAL_PAIRS, process.env.XLING_REAL_SENTENCES]
  if (pos === undefined || !existsSync(pos) || !existsSync(join(dirname(pos), 'neg.csv')))
    throw new Skip(
      'set XLING_REAL_PAIRS to a csv of sentences and English ones that follow from them, with neg.csv beside it',
    )
  if (folder === undefined || !existsSync(join(folder, 'semrel')))
    throw new Skip('set XLING_REAL_SENTENCES to a folder with semrel/LANG/test.csv and semrel/hau/train.csv')
  return { pos, semrel: join(folder, 'semrel') }
}

function adaptAndSynthesize(pos: string) {
  const data = (path: string) => ({ data: { path, limit: pairs, shuffleSeed: seed } })
  return {
    adapt: {
      model: join(scratch, 'models', 'gemma-3-270m-q4_k_m.gguf'),
      template: 'plain',
      adapter: { rank: 8, alpha: 16, dropout: 0.05 },
      train: { epochs: 1, batchSize: 8, accumulation: 2, lr: 2e-4, clip: 0.3, maxTokens: 512 },
      adapters: { positive: data(pos), negative: data(join(dirname(pos), 'neg.csv')) },
    },
    // As Gemma's own generation_config.json, which the GGUF file lacks.
    synthesize: { sentences: join(place, 'hau.jsonl'), maxNewTokens: 128, temperature: 1, topK: 64, topP: 0.95 },
  }
}

/** Runs a recipe to its end. @returns the results of its stages */
async function run(name: string, recipe: object): Promise<Results> {
  const file = join(place, `${name}.json`)
  await writeFile(file, JSON.stringify(recipe, null, 2))
  const folder = join(place, name)
  for await (const event of runRecipe(file, { folder }))
    if (event.kind === 'done' || event.kind === 'skipped') console.log(`   ${name}: ${event.kind} ${event.stage}`)
  return JSON.parse(await readFile(join(folder, 'summary.json'), 'utf8')).stages
}

interface Scored {
  readonly spearman: number
  readonly interval: readonly [number, number]
}
interface Results {
  readonly evaluate: Readonly<Record<string, { trained: Scored; untouched: Scored; control: Scored }>>
  readonly synthesize?: { sentences: number; kept: number; refused: Record<string, number> }
  readonly [stage: string]: unknown
}

/** The first sentences of pairs, each once, as many as are wanted. */
async function writeSentences(from: string, to: string): Promise<void> {
  const rows = await readPairs(tasks.semrel, from)
  const texts = [...new Set(rows.flatMap(({ first, second }) => [first, second]))].slice(0, sentences)
  assert.equal(texts.length, sentences)
  await writeFile(to, texts.map(text => `${JSON.stringify({ text })}\n`).join(''))
}

const linesOf = async (file: string) =>
  (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Triplet)

/** The same sentences, but none with its own answers. */
async function writeShuffled(from: string, to: string): Promise<void> {
  const rows = await linesOf(from)
  const order = permutation(rows.length, seed, [0, 0])
  const moved = rows.map((_, i) => {
    // Along one cycle through all rows: nobody stays in place.
    const at = order[(order.indexOf(i) + 1) % rows.length] ?? 0
    return { anchor: rows[i]?.anchor, positive: rows[at]?.positive, negative: rows[at]?.negative }
  })
  await writeFile(to, moved.map(row => `${JSON.stringify(row)}\n`).join(''))
}

/** What joining both files of pairs on the anchor gives. @returns how many */
async function writeReal(pos: string, to: string): Promise<number> {
  const read = async (path: string) => (await readExamples(path, { kinds: ['pair'], where: path })).examples
  const positives = new Map<string, string>()
  for (const { anchor, target } of await read(pos)) if (!positives.has(anchor)) positives.set(anchor, target)
  const rows = (await read(join(dirname(pos), 'neg.csv'))).flatMap(({ anchor, target }) => {
    const positive = positives.get(anchor)
    return positive === undefined ? [] : [{ anchor, positive, negative: target }]
  })
  await writeFile(to, rows.map(row => `${JSON.stringify(row)}\n`).join(''))
  return rows.length
}

function report(ours: Results, others: Readonly<Record<string, Results>>): string {
  const row = (name: string, of: (language: string) => Scored | undefined) =>
    [
      name,
      ...languages.map(language => {
        const { spearman = Number.NaN, interval: [low, high] = [] } = of(language) ?? {}
        return `${language} ${spearman.toFixed(4)} (${low?.toFixed(3)} to ${high?.toFixed(3)})`
      }),
    ].join(' | ')
  const { kept, sentences, refused } = ours.synthesize ?? { kept: 0, sentences: 0, refused: {} }
  return [
    `${kept} triplets of ${sentences} sentences, refused ${JSON.stringify(refused)}; Spearman of SemRel test:`,
    row('word overlap', language => ours.evaluate[language]?.control),
    row('MiniLM untouched', language => ours.evaluate[language]?.untouched),
    row('on synthesised triplets', language => ours.evaluate[language]?.trained),
    ...Object.entries(others).map(([name, results]) =>
      row(`on ${name}`, language => results.evaluate[language]?.trained),
    ),
  ].join('\n   ')
}
