// A recipe, run: what is done stays done, what is another run's is left alone.
import assert from 'node:assert/strict'
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Decoder, Encoder, evaluate, type RunEvent, type RunOptions, runRecipe, scoredPairsControl } from 'xling'
import { templates } from '#xling/prompt/templates/index'
import { throws } from '../boundary/throws.js'
import { contentsOf, inRecipeFolder, recipeText } from './recipe-folder.js'

const trainings = ['adapt/positive', 'adapt/negative', 'train-encoder']
const stages = ['adapt/positive', 'adapt/negative', 'synthesize', 'train-encoder', 'evaluate']

async function eventsOf(folder: string, options: RunOptions = {}, leave: (event: RunEvent) => boolean = () => false) {
  const events: RunEvent[] = []
  for await (const event of runRecipe(join(folder, 'recipe.yaml'), { folder: join(folder, 'run'), ...options })) {
    events.push(event)
    if (leave(event)) break
  }
  return events
}

const kinds = (events: readonly RunEvent[]) =>
  events.filter(({ kind }) => kind !== 'step' && kind !== 'sentence').map(({ kind, stage }) => `${kind} ${stage}`)

test('a recipe runs to its end, what it made can be used, and a second run skips every stage', () =>
  inRecipeFolder(async folder => {
    const run = join(folder, 'run')
    const events = await eventsOf(folder)
    assert.deepEqual(
      kinds(events),
      stages.flatMap(stage => [`began ${stage}`, `done ${stage}`]),
    )
    const made = await contentsOf(run)
    assert.deepEqual(
      Object.keys(made)
        .filter(path => !/\/(adapter|encoder)\//.test(path))
        .sort(),
      [
        ...stages.map(stage => `${stage}/stage.json`),
        ...trainings.flatMap(stage =>
          ['metrics.jsonl', 'tensorboard/events.out.tfevents.xling'].map(file => `${stage}/${file}`),
        ),
        ...['synthesize/candidates.jsonl', 'synthesize/triplets/triplets.jsonl', 'recipe.yaml', 'summary.json'],
      ].sort(),
    )
    // Every step is a line, and the last stage's numbers are those of what it saved.
    for (const stage of trainings) {
      const steps = events.filter(event => event.kind === 'step' && event.stage === stage)
      assert.equal((made[`${stage}/metrics.jsonl`] as unknown[]).length, steps.length)
    }
    const summary = JSON.parse((made['summary.json'] as Buffer).toString())
    assert.deepEqual(Object.keys(summary.stages), stages)
    const { after } = summary.stages['train-encoder']
    await using encoder = await Encoder.load(join(run, 'train-encoder/encoder'))
    assert.equal(encoder.pooling, 'avg_first_last')
    const scored = await evaluate(encoder, { task: 'semrel', data: join(folder, 'dev.csv') })
    assert.deepEqual([scored.spearman, scored.interval], [after.spearman, after.interval])
    const { before } = summary.stages['train-encoder']
    // Across languages there are no common words, and nothing that they could tell.
    assert.equal(await scoredPairsControl({ task: 'semrel', data: join(folder, 'dev.csv') }), undefined)
    assert.deepEqual(summary.stages.evaluate, { dev: { untouched: before, trained: after } })
    // What was synthesised is all that was learnt from.
    const { kept, refused, sentences } = summary.stages.synthesize
    const triplets = (made['synthesize/triplets/triplets.jsonl'] as Buffer).toString().trimEnd().split('\n')
    assert.equal(summary.stages['train-encoder'].data.rows, kept)
    assert.equal(triplets.length, kept)
    assert.equal(
      Object.values(refused as Record<string, number>).reduce((sum, one) => sum + one, kept),
      sentences,
    )
    const told = events.filter(event => event.kind === 'sentence')
    assert.equal(told.length, sentences)
    assert.equal(told.filter(({ event }) => event.triplet).length, kept)
    await using llm = await Decoder.load(join(folder, 'decoder'))
    for (const task of ['positive', 'negative'] as const) {
      const { prompting } = await llm.loadAdapter(join(run, 'adapt', task, 'adapter'), { name: task })
      assert.deepEqual([prompting?.template, prompting?.task], ['plain', task])
      // The recipe names none, so each may be what the model is asked by.
      const { inputs } = made[`adapt/${task}/stage.json`] as { inputs: { template: unknown } }
      assert.deepEqual(
        inputs.template,
        Object.values(templates).map(family => family[task]),
      )
    }

    assert.deepEqual(
      kinds(await eventsOf(folder)),
      stages.map(stage => `skipped ${stage}`),
    )
    assert.deepEqual(await contentsOf(run), made)
  }))

test('a run that is left goes on, and its files are those of one that was not', () =>
  inRecipeFolder(async folder => {
    await eventsOf(folder, { folder: join(folder, 'whole') })
    const steps = (count: number) => {
      let seen = 0
      return (event: RunEvent) => event.kind === 'step' && ++seen === count
    }
    await eventsOf(folder, {}, steps(7))
    const controller = new AbortController()
    const reason = new Error('enough')
    const aborted = eventsOf(folder, { signal: controller.signal }, event => {
      if (event.kind === 'step' && event.stage === 'train-encoder' && event.event.step === 5) controller.abort(reason)
      return false
    })
    await assert.rejects(aborted, error => error === reason)
    assert.deepEqual(kinds(await eventsOf(folder)), [
      'skipped adapt/positive',
      'skipped adapt/negative',
      'skipped synthesize',
      'began train-encoder',
      'done train-encoder',
      'began evaluate',
      'done evaluate',
    ])
    assert.deepEqual(await contentsOf(join(folder, 'run')), await contentsOf(join(folder, 'whole')))
  }))

test('a run directory with the work of other inputs is refused, and fresh starts over', () =>
  inRecipeFolder(async folder => {
    const recipe = join(folder, 'recipe.yaml')
    const record = (stage: string) => join(folder, 'run', stage, 'stage.json')
    await eventsOf(folder)
    const made = await contentsOf(join(folder, 'run'))
    const refuses = (text: string) => throws(() => eventsOf(folder), 'ERR_RUN_MISMATCH', text)

    await writeFile(recipe, recipeText.replace('lr: 5e-3', 'lr: 4e-3'))
    await refuses(`${record('adapt/positive')} is of another run: train.lr was 0.005 and is 0.004`)
    await writeFile(recipe, recipeText.replace('rank: 4, ', '').replace('seed: 7', 'seed: 8'))
    await refuses('adapter.rank was 4 and is missing, train.seed was 7 and is 8')
    await writeFile(recipe, recipeText.replace('  evaluate: { task: semrel, data: dev.csv }\n', ''))
    await refuses(`${record('train-encoder')} is of another run: evaluate was {`)
    await writeFile(recipe, recipeText)

    const data = await readFile(join(folder, 'neg.csv'))
    await appendFile(join(folder, 'neg.csv'), 'koru,dog\n')
    await refuses(`${record('adapt/negative')} is of another run: data.files was`)
    await writeFile(join(folder, 'neg.csv'), data)
    const config = await readFile(join(folder, 'encoder/config.json'))
    await appendFile(join(folder, 'encoder/config.json'), ' ')
    await refuses(`${record('train-encoder')} is of another run: model.config.json was`)
    await writeFile(join(folder, 'encoder/config.json'), config)

    const adapter = join(folder, 'run/adapt/positive/adapter')
    const weights = await readFile(join(adapter, 'adapter_model.safetensors'))
    await appendFile(join(adapter, 'adapter_model.safetensors'), 'x')
    await refuses(`${join(adapter, 'adapter_model.safetensors')} was changed since the stage made it`)
    await rm(adapter, { recursive: true })
    await refuses('was removed since the stage made it')
    await mkdir(adapter)
    for (const [path, bytes] of Object.entries(made))
      if (path.startsWith('adapt/positive/adapter/')) await writeFile(join(folder, 'run', path), bytes as Buffer)
    assert.deepEqual(await readFile(join(adapter, 'adapter_model.safetensors')), weights)

    await writeFile(record('adapt/positive'), '{}')
    await throws(() => eventsOf(folder), 'ERR_MALFORMED_FILE', "is no stage's record")
    await writeFile(record('adapt/positive'), '{"version": 2}')
    await throws(() => eventsOf(folder), 'ERR_UNSUPPORTED_FILE', 'version is 2')
    assert.deepEqual(
      kinds(await eventsOf(folder, { fresh: true })),
      stages.flatMap(stage => [`began ${stage}`, `done ${stage}`]),
    )
    assert.deepEqual(await contentsOf(join(folder, 'run')), made)

    // Moving everything elsewhere changes nothing.
    await writeFile(recipe, recipeText.replace('data: neg.csv', 'data: elsewhere.csv'))
    await writeFile(join(folder, 'elsewhere.csv'), data)
    assert.deepEqual(
      kinds(await eventsOf(folder)),
      stages.map(stage => `skipped ${stage}`),
    )
  }))

test('a stage that ended before it did anything begins again with data that were corrected', () =>
  inRecipeFolder(async folder => {
    const data = await readFile(join(folder, 'neg.csv'))
    await writeFile(join(folder, 'neg.csv'), `${data}koru,\n`)
    await throws(() => eventsOf(folder), 'ERR_MALFORMED_FILE', "column 'hard_neg' is blank")
    await writeFile(join(folder, 'neg.csv'), data)
    assert.deepEqual(kinds(await eventsOf(folder)).slice(0, 3), [
      'skipped adapt/positive',
      'began adapt/negative',
      'done adapt/negative',
    ])
  }))

test('one process at a time works in a run directory, and what a dead one left of its lock holds nobody up', () =>
  inRecipeFolder(async folder => {
    const run = join(folder, 'run')
    const first = runRecipe(join(folder, 'recipe.yaml'), { folder: run })
    await first.next()
    await throws(() => eventsOf(folder), 'ERR_RUN_BUSY', `held by process ${process.pid}`)
    await first.return()
    assert.deepEqual((await readdir(run)).sort(), ['adapt', 'recipe.yaml'])
    // Above what Linux gives a process for a number.
    for (const left of ['4194305\n', '', 'x']) {
      await writeFile(join(run, 'run.lock'), left)
      await eventsOf(folder, {}, () => true)
    }
  }))

test('what cannot be run is refused before anything is made', () =>
  inRecipeFolder(async folder => {
    const untyped = <T>(value: unknown) => value as T
    const recipe = join(folder, 'recipe.yaml')
    await throws(() => runRecipe(untyped(undefined)).next(), 'ERR_INVALID_ARGUMENT', 'the path of a recipe')
    await throws(() => runRecipe(recipe, untyped({ out: 'x' })).next(), 'ERR_UNKNOWN_OPTION', "no option 'out'")
    await throws(() => runRecipe(join(folder, 'none.yaml')).next(), 'ERR_FILE_NOT_FOUND', 'none.yaml')
    await writeFile(recipe, recipeText.replace('clip:', 'clop:'))
    await throws(
      () => eventsOf(folder),
      'ERR_INVALID_RECIPE',
      "recipe.yaml:6:64: adapt.train.clop: there is no key 'clop'",
    )
    assert.ok(!(await readdir(folder)).includes('run'))
    await writeFile(recipe, recipeText.replace('pos.csv', 'none.csv'))
    await throws(() => eventsOf(folder), 'ERR_FILE_NOT_FOUND', 'none.csv')
    await writeFile(recipe, recipeText.replace('./decoder', './none'))
    await throws(() => eventsOf(folder), 'ERR_FILE_NOT_FOUND', 'none')
    const reason = new Error('not now')
    await assert.rejects(eventsOf(folder, { signal: AbortSignal.abort(reason) }), error => error === reason)
  }))
