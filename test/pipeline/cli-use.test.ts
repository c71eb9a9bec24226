// What models are for, from the command line: vectors, scores, text; and what things are.
import assert from 'node:assert/strict'
import { watch } from 'node:fs'
import { appendFile, copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { Decoder, Encoder, evaluate } from 'xling'
import { openGguf } from '#xling/files/gguf'
import { type CallOptions, call as callIn, cli } from './command.js'
import { pairs } from './micro-world.js'
import { recipeFolder, recipeText } from './recipe-folder.js'

let folder = ''
const at = (...path: string[]) => join(folder, ...path)
const call = (args: readonly string[], options: CallOptions = {}) => callIn(args, { cwd: folder, ...options })

/** What it says where it must not fail. */
async function said(args: readonly string[], options: CallOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await call(args, options)
  assert.deepEqual([code, stderr], [0, ''])
  return stdout
}

before(async () => {
  folder = await recipeFolder()
  // The decoder, with a chat format.
  await mkdir(at('chat'))
  for (const name of await readdir(at('decoder'))) await copyFile(at('decoder', name), at('chat', name))
  await writeFile(at('chat/chat_template.jinja'), '{% for m in messages %}{{ m.role }} {{ m.content }} {% endfor %}dog')
  const { code, stderr } = await call(['run', 'recipe.yaml', '--folder', 'run'])
  assert.equal(code, 0, stderr)
})

after(() => rm(folder, { recursive: true }))

const sentences = pairs.map(({ anchor }) => anchor)

/** The numbers of an .npy file, behind its header. */
async function numbersIn(file: string): Promise<{ header: string; numbers: Float32Array }> {
  const bytes = await readFile(at(file))
  const begin = 10 + bytes.readUInt16LE(8)
  const numbers = new Float32Array(bytes.buffer.slice(bytes.byteOffset + begin, bytes.byteOffset + bytes.length))
  return { header: bytes.subarray(10, begin).toString('latin1'), numbers }
}

test('embed writes the vectors that an encoder has, by a table or by lines of text', async () => {
  const model = 'run/train-encoder/encoder'
  await using encoder = await Encoder.load(at(model))
  const wanted = await encoder.encode(sentences)
  await writeFile(at('sentences.txt'), sentences.map(text => `${text}\r\n`).join(''))
  const table = ['--data', 'triplets.jsonl', '--data.columns', '{text: anchor}']
  assert.equal(
    await said(['embed', '--model', model, ...table, '--output', 'out/table.npy']),
    'out/table.npy: 48 vectors of 96 numbers\n',
  )
  const { header, numbers } = await numbersIn('out/table.npy')
  assert.match(header, /'shape': \(48, 96\)/)
  assert.deepEqual(numbers, wanted)
  await said(['embed', '--model', model, '--data', 'sentences.txt', '--output', 'out/text.npy'])
  assert.deepEqual(await readFile(at('out/text.npy')), await readFile(at('out/table.npy')))

  const how = ['--pooling', 'max', '--normalize', '--max-tokens', '3', '--prompt', 'dog ', '--data.limit', '2']
  await said(['embed', '--model', model, ...table, ...how, '--output', 'out/two.jsonl'])
  await using other = await Encoder.load(at(model), { pooling: 'max', normalize: true })
  const two = await other.encode(sentences.slice(0, 2), { maxTokens: 3, prompt: 'dog ' })
  const lines = (await readFile(at('out/two.jsonl'), 'utf8')).trimEnd().split('\n')
  const read = lines.map(line => JSON.parse(line))
  assert.deepEqual(
    read.map(({ text }) => text),
    sentences.slice(0, 2),
  )
  assert.deepEqual(Float32Array.from(read.flatMap(({ vector }) => vector)), two)
  assert.deepEqual((await readdir(at('out'))).sort(), ['table.npy', 'text.npy', 'two.jsonl'])
})

test('embed leaves what was there alone where it cannot go on, and says where', async () => {
  await writeFile(at('kept.npy'), 'before')
  const into = ['embed', '--model', './encoder', '--output', 'kept.npy', '--data']
  await writeFile(at('blank.txt'), 'a\n\nb\n')
  await writeFile(at('latin.txt'), Buffer.from([0x61, 0xe9, 0x0a]))
  for (const [data, more, code, message] of [
    ['blank.txt', [], 1, /row 1: .*\[ERR_MALFORMED_FILE\]\n$/],
    ['latin.txt', [], 1, /latin\.txt is not UTF-8; save it as UTF-8 \[ERR_MALFORMED_FILE\]\n$/],
    ['none.txt', [], 1, /there is no file .*none\.txt/],
    ['pos.csv', [], 1, /has the columns sent0, sent1, which are of no schema that --data can take/],
    ['blank.txt', ['--data.limit', '1'], 2, /^xling: --data\.limit: goes with tables, and blank\.txt is text\n$/],
    ['triplets.jsonl', ['--data.columns', '{text: anchor}', '--max-tokens', '65'], 1, /maxTokens is 65/],
    ['triplets.jsonl', ['--data.columns', '{text: anchor}', '--prompt-name', 'x'], 1, /no prompt 'x'/],
    ['triplets.jsonl', ['--data.columns', '{text: anchor}', '--adapter', 'run'], 1, /has no adapter_config\.json/],
  ] as const) {
    const { code: was, stderr } = await call([...into, data, ...more])
    assert.equal(was, code, stderr)
    assert.match(stderr, message)
  }
  assert.equal(await readFile(at('kept.npy'), 'utf8'), 'before')
})

test('Ctrl-C leaves no half of a file', async () => {
  await writeFile(at('many.txt'), Array.from({ length: 200_000 }, (_, i) => `${sentences[i % 48]}\n`).join(''))
  await mkdir(at('vectors'))
  await writeFile(at('vectors/v.npy'), 'before')
  const watcher = watch(at('vectors'))
  const { code, stdout, stderr } = await call(
    ['embed', '--model', './encoder', '--data', 'many.txt', '--output', 'vectors/v.npy'],
    { begun: child => watcher.once('change', () => child.kill('SIGINT')) },
  )
  watcher.close()
  assert.deepEqual([code, stdout, stderr], [130, '', 'xling: interrupted; vectors/v.npy was not written\n'])
  assert.deepEqual(await readdir(at('vectors')), ['v.npy'])
  assert.equal(await readFile(at('vectors/v.npy'), 'utf8'), 'before')
})

test('evaluate has the score of the same evaluation, and word overlap on the same pairs', async () => {
  const how = ['--model', 'run/train-encoder/encoder', '--task', 'semrel', '--data', 'dev.csv']
  await using encoder = await Encoder.load(at('run/train-encoder/encoder'))
  const wanted = await evaluate(encoder, { task: 'semrel', data: at('dev.csv') })
  const result = JSON.parse(await said(['evaluate', ...how, '--json']))
  assert.deepEqual({ ...result, data: wanted.data, wordOverlap: undefined }, { ...wanted, wordOverlap: undefined })
  // The two languages have no word in common.
  assert.equal(result.wordOverlap, 'tells nothing: it is the same for all pairs')
  const rows = [
    'PairID,Text,Score',
    '1,"dog sees\ndog sees",1',
    '2,"dog\ncat",0',
    '3,"dog sees\ndog hears",0.5',
    '4,"a\nb"',
  ]
  await writeFile(at('overlap.csv'), `${rows.slice(0, 4).join('\n')}\n`)
  const shown = await said(['evaluate', ...how.with(-1, 'overlap.csv'), '--seed', '1'])
  assert.match(
    shown,
    /^ {2}task {9}semrel\n {2}data {9}overlap\.csv\n {2}spearman {5}-?[\d.]+\n {2}interval {5}\S+, \S+\n/,
  )
  assert.match(shown, /\n {2}n {12}3\n {2}wordOverlap {2}spearman 1, interval \[\S+, \S+\], n 3\n$/)
  const limited = JSON.parse(await said(['evaluate', ...how, '--limit', '20', '--json']))
  assert.equal(limited.n, 20)
  const broken = await call(['evaluate', ...how.with(-1, 'pos.csv')])
  assert.equal(broken.code, 1)
  assert.match(broken.stderr, /pos\.csv.*Text.*\[ERR_MALFORMED_FILE\]\n$/)
})

test('evaluate finds documents, beside BM25, and knows which flags are whose', async () => {
  await mkdir(at('beir/qrels'), { recursive: true })
  const lines = (rows: readonly object[]) => rows.map(row => `${JSON.stringify(row)}\n`).join('')
  const texts = ['dog sees here', 'cat hears there', 'koru nami uno']
  await writeFile(at('beir/corpus.jsonl'), lines(texts.map((text, i) => ({ _id: `d${i}`, text }))))
  await writeFile(at('beir/queries.jsonl'), lines(texts.slice(0, 2).map((text, i) => ({ _id: `q${i}`, text }))))
  await writeFile(at('beir/qrels/dev.tsv'), 'query-id\tcorpus-id\tscore\nq0\td0\t1\nq1\td1\t1\n')
  const how = ['evaluate', '--model', 'run/train-encoder/encoder', '--task', 'retrieval', '--data', 'beir']
  const result = JSON.parse(await said([...how, '--split', 'dev', '--at', '[1, 2]', '--json']))
  // A text is nearest to itself, by either.
  for (const scores of [result.scores, result.bm25.scores]) {
    assert.deepEqual(Object.keys(scores).sort(), ['mrr@1', 'mrr@2', 'ndcg@1', 'ndcg@2', 'recall@1', 'recall@2'])
    assert.equal(scores['ndcg@1'].value, 1)
  }
  assert.deepEqual([result.n, result.documents], [2, 3])
  assert.match(await said([...how, '--split', 'dev']), /\n {4}ndcg@10 {3,}value 1, interval \[1, 1\]\n/)
  for (const [flags, message] of [
    [['--limit', '3'], '--limit means nothing to the task retrieval'],
    [['--at', '[0]'], '--at'],
    [['--task', 'sts', '--query-prompt', 'x'], '--task: is given 2 times'],
  ] as const) {
    const { code, stderr } = await call([...how, ...flags])
    assert.equal(code, 2)
    assert.ok(stderr.includes(message), stderr)
  }
})

test('generate gives one text as it grows, several as lines, and the same ones for a seed', async () => {
  const adapter = ['--adapter', 'run/adapt/positive/adapter', '--max-new-tokens', '5']
  const one = ['generate', '--model', './decoder', ...adapter, 'koru nami']
  await using llm = await Decoder.load(at('decoder'))
  const loaded = await llm.loadAdapter(at('run/adapt/positive/adapter'))
  for await (const { text } of llm.generate([{ text: 'koru nami', adapter: loaded }], { maxNewTokens: 5 }))
    assert.equal(await said(one), `${text}\n`)
  const drawn = (seed: string, stdin = 'koru\n\nnami uno\n') =>
    said(['generate', '--model', './decoder', '--temperature', '1.2', '--top-k', '30', '--seed', seed], { stdin })
  const first = await drawn('1')
  assert.equal(await drawn('1'), first)
  assert.notEqual(await drawn('2'), first)
  const rows = first
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.deepEqual(rows.map(({ index, prompt }) => [index, prompt]).sort(), [
    [0, 'koru'],
    [1, 'nami uno'],
  ])
  assert.ok(
    rows.every(({ text, tokens, finishReason }) => tokens > 0 && text !== '' && /^(stop|length)$/.test(finishReason)),
  )
  const greedy = JSON.parse(await said([...one, '--json']))
  const [word = ''] = greedy.text.split(' ')
  assert.ok(greedy.tokens > 0 && word !== '', JSON.stringify(greedy))
  const stopped = JSON.parse(await said([...one, '--json', '--stop', 'no such word', '--stop', word]))
  assert.deepEqual([stopped.text, stopped.finishReason], ['', 'stop'])

  const noChat = await call(['generate', '--model', './decoder', '--chat', 'hello'])
  assert.deepEqual([noChat.code, noChat.stdout], [1, ''])
  assert.match(noChat.stderr, /\[ERR_NO_CHAT_TEMPLATE\]\n$/)
  const chat = ['generate', '--model', './chat', '--chat', '--system', 'koru', '--max-new-tokens', '4', 'nami']
  await using chatting = await Decoder.load(at('chat'))
  const ids = chatting.tokenizer.chatIds([
    { role: 'system', content: 'koru' },
    { role: 'user', content: 'nami' },
  ])
  for await (const { text } of llm.generate([ids], { maxNewTokens: 4 })) assert.equal(await said(chat), `${text}\n`)
  const nothing = await call(['generate', '--model', './decoder'], { stdin: ' \n' })
  assert.deepEqual([nothing.code, nothing.stderr], [2, 'xling: there is no prompt on stdin; give one a line\n'])
})

const inspected = async (what: string) => JSON.parse(await said(['inspect', what, '--json']))

test('inspect says what models and adapters are', async () => {
  await using decoder = await Decoder.load(at('decoder'), { trainable: 'all' })
  const count = async (model: Decoder | Encoder) =>
    Object.values(await model.parameters()).reduce((sum, { data }) => sum + data.length, 0)
  const { sizes, ...found } = await inspected('./decoder')
  assert.deepEqual(
    [found.kind, found.architecture, found.parameters, found.context, found.tiedHead],
    ['decoder', 'llama', await count(decoder), 64, false],
  )
  assert.deepEqual([sizes.layers, sizes.hiddenSize, sizes.headDim], [2, 96, 24])
  assert.deepEqual(found.storages, { F32: 21 })
  assert.deepEqual([found.tokenizer.bosId, found.tokenizer.eosIds, found.tokenizer.chat], [1, [2], 'none'])
  assert.equal((await inspected('./chat')).tokenizer.chat, 'user … dog')
  await using encoder = await Encoder.load(at('run/train-encoder/encoder'))
  const { kind, architecture, parameters, sentences } = await inspected('run/train-encoder/encoder')
  assert.deepEqual([kind, architecture, parameters], ['encoder', 'bert', await count(encoder)])
  assert.deepEqual([sentences.pooling, sentences.normalize, sentences.maxTokens], ['avg_first_last', false, 64])

  const adapter = await inspected('run/adapt/positive/adapter')
  assert.deepEqual([adapter.kind, adapter.rank, adapter.alpha, adapter.tensors], ['adapter', 4, 8, 28])
  // A [4, in] and B [out, 4] of seven linear layers in each of two blocks.
  assert.equal(adapter.parameters, 2 * 4 * (4 * (96 + 96) + 3 * (96 + 192)))
  assert.deepEqual([adapter.base.model, adapter.base.sizes.hiddenSize], [at('decoder'), 96])
})

test('inspect says what GGUF files are', async () => {
  const file = join(dirname(cli), '../../test/golden/gguf/gemma3.gguf')
  await using quantised = await Decoder.load(file)
  await quantised.save(at('widened'), { dtype: 'f32' })
  await using decoder = await Decoder.load(at('widened'), { trainable: 'all' })
  const parameters = Object.values(await decoder.parameters()).reduce((sum, { data }) => sum + data.length, 0)
  const found = await inspected(file)
  assert.deepEqual([found.kind, found.architecture, found.parameters], ['decoder', 'gemma3_text', parameters])
  const { tensors } = await openGguf(file)
  const types = [...tensors.values()].map(({ type }) => type)
  for (const [type, count] of Object.entries(found.storages))
    assert.equal(count, types.filter(one => one === type).length, type)
  assert.ok(found.window > 0 && found.windowedLayers > 0 && found.tokenizer.vocabSize > 0, JSON.stringify(found))
})

test('inspect says what data are, with what is wrong in them', async () => {
  await copyFile(at('pos.csv'), at('bad.csv'))
  await appendFile(at('bad.csv'), '" ",dog\n')
  const { kind, format, schema, rows, columns, first, examples, badRows, bad } = await inspected('bad.csv')
  assert.deepEqual([kind, format, schema, rows, examples, badRows], ['data', 'csv', 'entailments', 49, 48, 1])
  assert.deepEqual([columns, first], [['sent0', 'sent1'], { sent0: pairs[0]?.anchor, sent1: pairs[0]?.entailed }])
  assert.match(bad[0], /bad\.csv: row 48: /)
  const several = await inspected('{pos,bad}.csv')
  assert.deepEqual([several.files, several.rows], [2, 97])
  const none = await inspected('dev.csv')
  assert.equal(none.schema, 'none')
  assert.match(none.why, /has the columns PairID, Text, Score/)
})

test('inspect says how far a run is, and what a checkpoint is of', async () => {
  const { kind, stages } = await inspected('run')
  assert.equal(kind, 'run')
  const all = ['adapt/negative', 'adapt/positive', 'evaluate', 'synthesize', 'train-encoder']
  assert.deepEqual(Object.keys(stages), all)
  assert.ok(Object.values(stages).every(stage => (stage as { state: string }).state === 'done'))
  const { steps, results } = stages['train-encoder']
  assert.deepEqual([steps, results.after.n], [results.steps, 25])
  assert.deepEqual(Object.keys((await inspected('run/adapt/positive')).stages), ['adapt/positive'])
  // Long enough to be left in the middle.
  await writeFile(at('long.yaml'), recipeText.replace('epochs: 2,', 'epochs: 1000,'))
  let sent = false
  await call(['run', 'long.yaml', '--folder', 'half', '--json'], {
    watch: (child, { stdout }) => {
      if (sent || stdout.split('\n').length < 6) return
      sent = true
      child.kill('SIGINT')
    },
  })
  const checkpoints = at('half/adapt/positive/checkpoints')
  const name = (await readdir(checkpoints)).find(file => file.startsWith('checkpoint-')) ?? ''
  const checkpoint = await inspected(join(checkpoints, name))
  assert.equal(checkpoint.kind, 'checkpoint')
  assert.equal(name, `checkpoint-${checkpoint.progress.step}.safetensors`)
  assert.deepEqual([checkpoint.run.objective, checkpoint.run.lr], ['sft', 0.005])
})

test('inspect tells what to do about what it does not know', async () => {
  await mkdir(at('nothing'))
  await mkdir(at('ggufs'))
  await writeFile(at('ggufs/a.gguf'), '')
  await mkdir(at('other'))
  await writeFile(at('other/config.json'), '{"model_type": "mamba"}')
  await copyFile(at('decoder/model.safetensors'), at('other/model.safetensors'))
  for (const [what, message] of [
    [
      'nothing',
      /^xling: the folder \/.*nothing is none that xling knows: .*name a file in it.*\[ERR_FILE_NOT_FOUND\]\n$/,
    ],
    ['ggufs', /for its GGUF file, give \/.*ggufs\/a\.gguf/],
    ['./none', /there is no \/.*none: a model is a folder/],
    ['none.csv', /there is no file \/.*none\.csv/],
    ['none/*.csv', /no file matches/],
    ['none.gguf', /there is no \/.*none\.gguf/],
    ['ggufs/a.gguf', /ggufs\/a\.gguf.*\[ERR_MALFORMED_FILE\]/],
    ['recipe.yaml', /the ending of \/.*recipe\.yaml tells no format/],
    ['other', /model_type is 'mamba', which xling has neither as a decoder nor as an encoder/],
    ['decoder/model.safetensors', /is no checkpoint.*of weights of a model or an adapter give the folder/],
  ] as const) {
    const { code, stdout, stderr } = await call(['inspect', what])
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, message)
  }
})

test('bench times what it is asked for', async () => {
  const { device, timings } = JSON.parse(await said(['bench', 'rms_norm', 'attention', '--json']))
  assert.equal(device.name, 'cpu')
  assert.deepEqual(
    timings.map(({ name, unit }: { name: string; unit: string }) => [name.split('/')[0], unit]),
    [
      ['rms_norm', 'GB/s'],
      ['attention', 'GFLOP/s'],
    ],
  )
  assert.ok(
    timings.every(
      ({ rate, milliseconds, runs }: Record<string, number>) =>
        Math.min(rate ?? 0, milliseconds ?? 0) > 0 && (runs ?? 0) >= 5,
    ),
  )
})
