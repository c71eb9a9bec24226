// Stages as commands: they are runs of recipes that have them alone, and end as those do.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { call } from './command.js'
import { contentsOf, inRecipeFolder } from './recipe-folder.js'

const positive = [
  ...'adapt --name positive --seed 7 --model ./decoder --adapter.rank 4 --adapter.alpha 8'.split(' '),
  ...'--adapter.dropout 0.1 --train.epochs 2 --train.batch-size 4 --train.accumulation 2 --train.lr 5e-3'.split(' '),
  ...'--train.clip 0.3 --train.max-tokens 64 --train.evaluateEvery 4 --data pos.csv'.split(' '),
  ...'--evaluate.data pos.csv --evaluate.data.limit 8'.split(' '),
]
const shortEncoder = [
  ...'train-encoder --seed 7 --model ./encoder --pooling avg_first_last --data triplets.jsonl'.split(' '),
  ...'--train.epochs 6 --train.batch-size 16 --train.lr 2e-3 --train.schedule linear --train.warmup 0.1'.split(' '),
  ...'--train.temperature 0.1 --train.checkpoint-every 2 --evaluate.task semrel --evaluate.data dev.csv'.split(' '),
]

/** What a stage made, to the byte. */
async function stageOf(run: string, stage: string): Promise<object> {
  const contents = Object.entries(await contentsOf(run)).filter(([path]) => path.startsWith(`${stage}/`))
  assert.ok(contents.length > 3, `${run} has ${contents.map(([path]) => path)}`)
  return Object.fromEntries(contents)
}

test('several processes synthesise in one run directory, and what is joined is what one would have made', () =>
  inRecipeFolder(async folder => {
    const recipe = await call(['run', 'recipe.yaml', '--folder', 'whole'], { cwd: folder })
    assert.equal(recipe.code, 0, recipe.stderr)
    const flags = [
      ...'synthesize --seed 7 --model ./decoder --adapters.positive whole/adapt/positive/adapter'.split(' '),
      ...'--adapters.negative whole/adapt/negative/adapter --sentences sentences.csv --temperature 1'.split(' '),
      ...'--max-new-tokens 6 --folder parts'.split(' '),
    ]
    const [first, second] = await Promise.all([
      call([...flags, '--shard', '1/2'], { cwd: folder }),
      call(flags, { cwd: folder, env: { RANK: '1', WORLD_SIZE: '2' } }),
    ])
    for (const [i, { code, stdout, stderr }] of [first, second].entries()) {
      assert.equal(code, 0, stderr)
      assert.match(stdout, new RegExp(`^synthesize ${i + 1}/2: done in 0:\\d\\d`))
      assert.match(stderr, /^synthesize \d\/2: begins\n {2}sentence 1 of 24, /)
    }
    const join_ = ['synthesize', '--join', '--folder', 'parts', '--filters.max-length-ratio', '6']
    const joined = await call(join_, { cwd: folder })
    assert.match(
      joined.stdout,
      /^\d+ triplets of 48 sentences\n {2}\/.*parts\/synthesize\/triplets\/triplets\.jsonl\n$/,
    )
    const file = 'synthesize/triplets/triplets.jsonl'
    assert.deepEqual(await readFile(join(folder, 'parts', file)), await readFile(join(folder, 'whole', file)))
    const missing = await call(['synthesize', '--join', '--folder', 'whole'], { cwd: folder })
    assert.deepEqual([missing.code, missing.stdout], [1, ''])
    const wrong = await call([...flags, '--shard', '3/2'], { cwd: folder })
    assert.match(wrong.stderr, /--shard is "3\/2" but must be i\/n/)
  }))

test('a stage as a command is the stage of a recipe, to the byte', () =>
  inRecipeFolder(async folder => {
    const recipe = await call(['run', 'recipe.yaml', '--folder', 'whole'], { cwd: folder })
    assert.equal(recipe.code, 0, recipe.stderr)
    const one = await call(positive, { cwd: folder })
    assert.equal(one.code, 0, one.stderr)
    // What it came to on stdout, how it went on stderr.
    assert.match(
      one.stdout,
      /^adapt\/positive: done in 0:\d\d, loss [\d.]+ to [\d.]+\n {2}\/.*runs\/adapt-positive\/adapt\/positive\n$/,
    )
    assert.match(one.stderr, /^adapt\/positive: begins\n {2}step 1 of 12, sft /)
    assert.deepEqual(
      await stageOf(join(folder, 'runs/adapt-positive'), 'adapt/positive'),
      await stageOf(join(folder, 'whole'), 'adapt/positive'),
    )
    const written = 'whole/synthesize/triplets/triplets.jsonl'
    const onWritten = shortEncoder.map(arg => (arg === 'triplets.jsonl' ? written : arg))
    const other = await call([...onWritten, '--folder', 'own', '--json'], { cwd: folder })
    assert.deepEqual([other.code, other.stderr], [0, ''])
    const events = other.stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    const { steps } = events.at(-1).results
    assert.deepEqual([events[0].kind, events.at(-1).kind, events.length], ['began', 'done', steps + 2])
    assert.deepEqual(
      await stageOf(join(folder, 'own'), 'train-encoder'),
      await stageOf(join(folder, 'whole'), 'train-encoder'),
    )

    // A second call skips; the recipe that it leaves behind is the same run; other settings are another's.
    const again = await call(positive, { cwd: folder })
    assert.match(again.stdout, /^adapt\/positive: skipped, it is done/)
    assert.equal(again.stderr, '')
    const kept = join(folder, 'runs/adapt-positive')
    const left = await call(['run', join(kept, 'recipe.yaml'), '--folder', kept])
    assert.match(left.stdout, /^adapt\/positive: skipped/)
    const { seed, adapt } = parse(await readFile(join(kept, 'recipe.yaml'), 'utf8'))
    assert.deepEqual([seed, Object.keys(adapt.adapters)], [7, ['positive']])
    const different = await call([...positive.map(arg => (arg === '5e-3' ? '4e-3' : arg))], { cwd: folder })
    assert.equal(different.code, 1)
    assert.match(
      different.stderr,
      /^xling: .*stage\.json is of another run: train\.lr was 0\.005 and is 0\.004.*\[ERR_RUN_MISMATCH\]\n$/,
    )
    const fresh = await call([...positive.map(arg => (arg === '5e-3' ? '4e-3' : arg)), '--fresh'], { cwd: folder })
    assert.match(fresh.stdout, /^adapt\/positive: done/)
  }))

test('another task’s name, its own folder, and what cannot be found', () =>
  inRecipeFolder(async folder => {
    const args = ['--model', './decoder', '--train.lr', '5e-3', '--train.steps', '1', '--data', 'neg.csv']
    const byTask = await call(['adapt', '--task', 'negative', ...args], { cwd: folder })
    assert.match(byTask.stdout, /runs\/adapt-negative\/adapt\/negative\n$/, byTask.stderr)
    const named = await call(['adapt', '--name', 'down', '--task', 'negative', ...args], { cwd: folder })
    assert.match(named.stdout, /^adapt\/down: done in .*\n.*runs\/adapt-down\/adapt\/down\n$/, named.stderr)
    const nowhere = await call(['adapt', '--name', 'negative', ...args.with(-1, 'none.csv')], { cwd: folder })
    assert.equal(nowhere.code, 1)
    assert.match(nowhere.stderr, /^xling: there is no file \/.*none\.csv.*\[ERR_FILE_NOT_FOUND\]\n$/)
  }))

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  test(`${signal} ends a stage in order, and the same command comes to the same bytes`, () =>
    inRecipeFolder(async folder => {
      // Long enough to be left in the middle.
      const encoder = shortEncoder.with(shortEncoder.indexOf('--train.epochs') + 1, '40')
      let sent = false
      const left = await call([...encoder, '--folder', 'left', '--json'], {
        cwd: folder,
        watch: (child, { stdout }) => {
          if (sent || stdout.split('\n').length < 6) return
          sent = true
          child.kill(signal)
        },
      })
      assert.deepEqual([left.code, left.stderr], [code, 'xling: interrupted; the same command goes on from here\n'])
      const seen = await call(['inspect', 'left', '--json'], { cwd: folder })
      const { state, steps } = JSON.parse(seen.stdout).stages['train-encoder']
      assert.ok(state === 'running' && steps >= 4 && steps < 120, `${state} ${steps}`)
      const on = await call([...encoder, '--folder', 'left'], { cwd: folder })
      assert.match(on.stderr, /^train-encoder: goes on\n/)
      await call([...encoder, '--folder', 'whole'], { cwd: folder })
      assert.deepEqual(
        await stageOf(join(folder, 'left'), 'train-encoder'),
        await stageOf(join(folder, 'whole'), 'train-encoder'),
      )
    }))
