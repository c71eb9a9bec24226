// Sums of adapters in a run: composed ones, a merged base, and what is written with them.
import assert from 'node:assert/strict'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { adapters, Decoder, Encoder, type RunEvent, runRecipe } from 'xling'
import { throws } from '../boundary/throws.js'
import { call } from './command.js'
import { contentsOf, inRecipeFolder } from './recipe-folder.js'

const stages = ['adapt/positive', 'adapt/negative', 'compose/positive-less', 'compose/small', 'merge', 'synthesize']

const recipe = (rest = '') => `
seed: 7
adapt:
  model: ./decoder
  quantize: q8_0
  adapter: { rank: 4, alpha: 8 }
  train: { steps: 2, batchSize: 4, lr: 5e-3 }
  adapters:
    positive: { data: pos.csv }
    negative: { data: neg.csv }
compose:
  adapters:
    positive-less: { sum: { positive: 1, negative: -0.25 } }
    small: { sum: { negative: 1, elsewhere: 0.5 }, rank: 2 }
merge:
  sum: { small: 0.5, positive: -0.5 }
  dtype: f32
synthesize:
  adapters: { positive: positive-less }
  sentences: { path: sentences.csv, limit: 6 }
  temperature: 1
  maxNewTokens: 4
${rest}`

/** With an adapter that the recipe did not make, in a folder beside it. */
const inComposeFolder = (body: (folder: string, run: string) => Promise<void>) =>
  inRecipeFolder(async folder => {
    await using llm = await Decoder.load(join(folder, 'decoder'))
    await llm.addAdapter('elsewhere', { rank: 3, seed: 5, targets: ['q_proj'] }).save(join(folder, 'elsewhere'))
    await writeFile(join(folder, 'recipe.yaml'), recipe())
    await body(folder, join(folder, 'run'))
  })

async function eventsOf(folder: string): Promise<RunEvent[]> {
  const events: RunEvent[] = []
  for await (const event of runRecipe(join(folder, 'recipe.yaml'), { folder: join(folder, 'run') })) events.push(event)
  return events
}

const ends = (events: readonly RunEvent[]) =>
  events.filter(({ kind }) => ['done', 'skipped'].includes(kind)).map(({ kind, stage }) => `${kind} ${stage}`)

const ids = Int32Array.from({ length: 12 }, (_, i) => 4 + i)

test('a recipe composes and merges, the next stages go on from that, and a second run skips all of it', () =>
  inComposeFolder(async (folder, run) => {
    assert.deepEqual(
      ends(await eventsOf(folder)),
      stages.map(stage => `done ${stage}`),
    )
    await using base = await Decoder.load(join(folder, 'decoder'))
    const load = (path: string, name: string) => base.loadAdapter(path, { name })
    const positive = await load(join(run, 'adapt/positive/adapter'), 'positive')
    const negative = await load(join(run, 'adapt/negative/adapter'), 'negative')
    const elsewhere = await load(join(folder, 'elsewhere'), 'elsewhere')
    const less = await load(join(run, 'compose/positive-less/adapter'), 'less')
    const small = await load(join(run, 'compose/small/adapter'), 'small')
    const want = adapters.compose([
      [positive, 1],
      [negative, -0.25],
    ])
    assert.deepEqual(await less.parameters(), await want.parameters())
    assert.deepEqual(less.prompting, positive.prompting)
    const cut = adapters.compose(
      [
        [negative, 1],
        [elsewhere, 0.5],
      ],
      { rank: 2 },
    )
    assert.deepEqual(await small.parameters(), await cut.parameters())
    assert.equal(small.config.rank, 2)

    // Merged as the files have the base, whatever adapters were trained on.
    await base.merge([
      [small, 0.5],
      [positive, -0.5],
    ])
    await using merged = await Decoder.load(join(run, 'merge/model'))
    assert.deepEqual(await merged.logits(ids), await base.logits(ids))
    assert.ok(merged.tokenizer.encode('koru').length > 0)

    // What writes is the merged base, quantised as adapters were trained, with the composed adapter.
    const { inputs } = JSON.parse(await readFile(join(run, 'synthesize/stage.json'), 'utf8'))
    const { outputs } = JSON.parse(await readFile(join(run, 'merge/stage.json'), 'utf8'))
    assert.equal(inputs.model['model.safetensors'], outputs['model/model.safetensors'])
    assert.equal(inputs.quantize, 'q8_0')
    const composed = JSON.parse(await readFile(join(run, 'compose/positive-less/stage.json'), 'utf8'))
    assert.equal(
      inputs.adapters.positive['adapter_model.safetensors'],
      composed.outputs['adapter/adapter_model.safetensors'],
    )
    assert.deepEqual(composed.results, { adapters: 2, rank: 8 })

    const before = await contentsOf(run)
    assert.deepEqual(
      ends(await eventsOf(folder)),
      stages.map(stage => `skipped ${stage}`),
    )
    assert.deepEqual(await contentsOf(run), before)
    // Another weight is another run.
    await writeFile(join(folder, 'recipe.yaml'), recipe().replace('-0.25', '-0.5'))
    await throws(() => eventsOf(folder), 'ERR_RUN_MISMATCH', 'compose/positive-less/stage.json')
  }))

test('composing and merging as commands come to the recipe’s bytes', () =>
  inComposeFolder(async (folder, run) => {
    await eventsOf(folder)
    const composed = await call(
      [
        ...'compose --name positive-less --seed 7 --model ./decoder --folder own --sum'.split(' '),
        '{run/adapt/positive/adapter: 1, run/adapt/negative/adapter: -0.25}',
      ],
      { cwd: folder },
    )
    assert.equal(composed.code, 0, composed.stderr)
    assert.match(composed.stdout, /^compose\/positive-less: done in 0:\d\d\n {2}\/.*own\/compose\/positive-less\n$/)
    const merged = await call(
      [
        ...'merge --seed 7 --model ./decoder --dtype f32 --folder own --sum'.split(' '),
        '{run/compose/small/adapter: 0.5, run/adapt/positive/adapter: -0.5}',
      ],
      { cwd: folder },
    )
    assert.equal(merged.code, 0, merged.stderr)
    const [own, whole] = [await contentsOf(join(folder, 'own')), await contentsOf(run)]
    const made = Object.keys(own).filter(path => /^(compose|merge)\//.test(path))
    assert.ok(made.length >= 8, `${made}`)
    for (const path of made) assert.deepEqual(own[path], whole[path], path)
  }))

test('an encoder’s adapter is merged into a folder that is an encoder', () =>
  inRecipeFolder(async folder => {
    await using encoder = await Encoder.load(join(folder, 'encoder'), { trainable: 'adapters', pooling: 'mean' })
    const adapter = encoder.addAdapter('learnt', { rank: 2, seed: 1 })
    const factors = await adapter.parameters()
    for (const { data } of Object.values(factors)) data.set(data.map((_, i) => Math.sin(i) / 5))
    await adapter.setParameters(factors)
    await adapter.save(join(folder, 'learnt'))
    const merged = await call(['merge', '--model', './encoder', '--sum', '{learnt: 2}', '--folder', 'own'], {
      cwd: folder,
    })
    assert.equal(merged.code, 0, merged.stderr)
    await encoder.merge([[adapter, 2]])
    await using loaded = await Encoder.load(join(folder, 'own/merge/model'), { pooling: 'mean' })
    assert.deepEqual(await loaded.encode(['koru nami']), await encoder.encode(['koru nami']))
  }))

test('what cannot be composed or merged is told of', () =>
  inRecipeFolder(async folder => {
    const said = async (args: readonly string[]) => {
      const { code, stderr, stdout } = await call(args, { cwd: folder })
      assert.equal(stdout, '')
      return `${code}: ${stderr}`
    }
    const model = ['--model', './decoder']
    assert.match(await said(['compose', ...model, '--sum', '{a: 1}']), /^2: xling: --name: is missing; give it\n$/)
    assert.match(await said(['compose', ...model, '--name', 'x']), /^2: xling: --sum: is missing; it must be a mapping/)
    assert.match(
      await said(['compose', '--name', 'x', '--sum', '{a: 1}']),
      /^2: xling: --model: is missing; it must be there, as no stage adapt has one\n$/,
    )
    for (const [sum, why] of [
      ['{}', 'a mapping of adapters to weights, one at least'],
      ['{a: much}', 'a number'],
      ['[a]', 'a mapping of adapters to weights, one at least'],
    ] as const)
      assert.ok((await said(['merge', ...model, '--sum', sum])).includes(why), sum)
    assert.match(
      await said(['merge', ...model, '--sum', '{nowhere: 1}']),
      /^1: xling: there is no folder \/.*nowhere \[ERR_FILE_NOT_FOUND\]\n$/,
    )
    assert.match(
      await said(['compose', ...model, '--name', 'x', '--sum', '{a: 1}', '--rule', 'factor-wise', '--rank', '4']),
      /^2: xling: --rank: .* left out, as it is of the rule 'delta'/,
    )
    assert.match(
      await said(['merge', ...model, '--sum', '{a: 1}', '--dtype', 'q8_0']),
      /^2: xling: --dtype: is 'q8_0' but must be one of 'bf16', 'f16', 'f32'/,
    )
  }))

test('a merge that was killed while it wrote begins again, and what is half-written does not look whole', () =>
  inComposeFolder(async (folder, run) => {
    await eventsOf(folder)
    const whole = await contentsOf(run)
    // As a kill leaves it: the stage has begun, and its weights are there without their configuration.
    const record = join(run, 'merge/stage.json')
    const { ended: _, outputs: __, results: ___, device: ____, ...rest } = JSON.parse(await readFile(record, 'utf8'))
    await writeFile(record, JSON.stringify({ ...rest, state: 'running' }))
    await mkdir(join(folder, 'away'))
    await rename(join(run, 'merge/model/config.json'), join(folder, 'away/config.json'))
    await throws(() => Decoder.load(join(run, 'merge/model')), 'ERR_FILE_NOT_FOUND', 'config.json')
    await eventsOf(folder)
    const again = await contentsOf(run)
    for (const path of Object.keys(whole).filter(path => path.startsWith('merge/model/')))
      assert.deepEqual(again[path], whole[path], path)
  }))
