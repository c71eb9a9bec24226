// Triplets from a model, its adapters and sentences: the same however the work is cut, left and taken up.
import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Decoder, joinShards, type Shard, type SynthesizeOptions, synthesis, synthesize, type Triplet } from 'xling'
import { renderPrompt } from '#xling/prompt/render'
import { plain } from '#xling/prompt/templates/plain'
import { pairs } from '../pipeline/micro-world.js'
import { throws } from './throws.js'
import { withFolders } from './train-fixture.js'

// The eighth is the third again: its key is another, so others are drawn for it.
// Every third is long, and what is written is short: too short for it.
const sentences = [...pairs.slice(0, 7), pairs[2], ...pairs.slice(7, 11)].map((pair, i) => ({
  text: new Array(i % 3 === 1 ? 8 : 1).fill(pair?.anchor ?? '').join(' '),
}))

async function writers(folder: string) {
  const llm = await Decoder.load(folder)
  const adapters = {
    positive: llm.addAdapter('positive', { seed: 1 }),
    negative: llm.addAdapter('negative', { seed: 2 }),
  }
  // Factors that are not zero: the two write differently.
  for (const [i, adapter] of Object.values(adapters).entries()) {
    const values = await adapter.parameters()
    for (const [name, { data }] of Object.entries(values))
      if (name.includes('lora_B')) for (let at = 0; at < data.length; at += 1) data[at] = Math.sin(at * (i + 2)) / 4
    await adapter.setParameters(values)
  }
  const settings = { temperature: 1.3, maxNewTokens: 6, seed: 5, filters: { maxLengthRatio: 3 } }
  const options: SynthesizeOptions = { sentences, adapters, ...settings }
  return { llm, adapters, options, [Symbol.asyncDispose]: () => llm.dispose() }
}

async function all(run: AsyncIterable<Triplet>, most = Number.POSITIVE_INFINITY): Promise<Triplet[]> {
  const triplets: Triplet[] = []
  for await (const triplet of run) {
    triplets.push(triplet)
    if (triplets.length === most) break
  }
  return triplets
}

test('bad rows that are left out are counted, and change no other', () =>
  withFolders(async ({ decoder }) => {
    await using one = await writers(decoder)
    const ended = async (rows: readonly object[], skipBadRows: boolean) => {
      const file = join(decoder, 'sentences.jsonl')
      await writeFile(file, rows.map(row => `${JSON.stringify(row)}\n`).join(''))
      const run = synthesize(one.llm, { ...one.options, sentences: { path: file, skipBadRows } })
      for (;;) {
        const next = await run.next()
        if (next.done) return next.value
      }
    }
    const whole = await ended(sentences, false)
    assert.equal(whole.skipped, 0)
    const last = [...sentences, { text: ' ' }, { text: '' }]
    assert.deepEqual(await ended(last, true), { ...whole, skipped: 2 })
    await throws(() => ended(last, false), 'ERR_MALFORMED_FILE', 'row 12 (line 13)')
  }))

test('triplets come in the order of the sentences, the same however many are written together', () =>
  withFolders(async ({ decoder }) => {
    await using one = await writers(decoder)
    const run = synthesize(one.llm, one.options)
    const triplets: Triplet[] = []
    let next = await run.next()
    for (; !next.done; next = await run.next()) triplets.push(next.value)
    const { sentences: count, kept, refused, truncated, template, sampling } = next.value
    assert.ok(kept > 3 && kept < 12, `${kept} of 12 kept`)
    assert.deepEqual([count, kept, truncated, template], [12, triplets.length, 0, 'plain'])
    assert.equal(
      Object.values(refused).reduce((sum, one) => sum + one, kept),
      12,
    )
    assert.equal(sampling.temperature, 1.3)
    const keys = triplets.map(({ key }) => key)
    assert.deepEqual(
      keys,
      [...new Set(keys)].sort((a, b) => a - b),
    )
    for (const { key, anchor } of triplets) assert.equal(anchor, sentences[key]?.text)
    for (const batchSize of [1, 3, 64])
      assert.deepEqual(await all(synthesize(one.llm, { ...one.options, batchSize })), triplets)
    assert.notDeepEqual(await all(synthesize(one.llm, { ...one.options, seed: 6 })), triplets)
  }))

test('an answer is what generate writes for the prompt, through its adapter, under a key of its own', () =>
  withFolders(async ({ decoder, run: folder }) => {
    await using one = await writers(decoder)
    await all(synthesize(one.llm, { ...one.options, folder }))
    const [, ...lines] = (await readFile(join(folder, 'candidates.jsonl'), 'utf8')).trimEnd().split('\n')
    for (const line of lines) {
      const { key, anchor, ...written } = JSON.parse(line)
      for (const [i, side] of (['positive', 'negative'] as const).entries()) {
        const { ids } = renderPrompt(one.llm.tokenizer, plain[side], anchor, { maxTokens: 512 })
        const prompt = { ids, adapter: one.adapters[side], key: 2 * key + i }
        const rows = one.llm.generate([prompt], { temperature: 1.3, maxNewTokens: 6, seed: 5 })
        for await (const { text } of rows) assert.equal(written[side], text)
      }
    }
  }))

test('a synthesis that is left goes on, and its files and triplets are those of one that was not', () =>
  withFolders(async ({ decoder, run }) => {
    await using one = await writers(decoder)
    const [whole, folder] = [join(run, 'whole'), join(run, 'left')]
    const wanted = await all(synthesize(one.llm, { ...one.options, folder: whole }))
    const file = join(folder, 'candidates.jsonl')
    const journal = await readFile(join(whole, 'candidates.jsonl'))
    assert.deepEqual(await all(synthesize(one.llm, { ...one.options, folder }), 3), wanted.slice(0, 3))

    const reason = new Error('enough')
    const controller = new AbortController()
    await assert.rejects(async () => {
      const events = synthesis(one.llm, { ...one.options, folder, signal: controller.signal })
      for await (const { done, resumed } of events) {
        assert.equal(resumed, done <= (wanted[2]?.key ?? 0) + 1)
        if (!resumed) controller.abort(reason)
      }
    }, reason)
    // Cut off in the middle of a line, as by a kill.
    const bytes = await readFile(file)
    await writeFile(file, bytes.subarray(0, -7))
    assert.deepEqual(await all(synthesize(one.llm, { ...one.options, folder })), wanted)
    assert.deepEqual(await readFile(file), journal)
    // One that is over gives all of it again, and writes nothing.
    assert.deepEqual(await all(synthesize(one.llm, { ...one.options, folder })), wanted)
    assert.deepEqual(await readFile(file), journal)
    // What is refused stands in the journal, too: others may be kept without writing anew.
    const lenient = await all(
      synthesize(one.llm, { ...one.options, folder, filters: { script: 'any', maxLengthRatio: 99 } }),
    )
    assert.ok(lenient.length > wanted.length)
    assert.deepEqual(await readFile(file), journal)
  }))

test('parts, joined, are what one process would have made', () =>
  withFolders(async ({ decoder, run }) => {
    await using one = await writers(decoder)
    // Twins, so that there are duplicates across parts.
    const options = { ...one.options, temperature: 0, sentences: sentences.flatMap(row => [row, row]) }
    const wanted = await all(synthesize(one.llm, options))
    const part = (index: number, count = 3) => ({ ...options, folder: run, shard: { index, count } satisfies Shard })
    const join_ = () => joinShards(run, { filters: { maxLengthRatio: 3 } })
    await mkdir(run)
    await throws(join_, 'ERR_FILE_NOT_FOUND', 'has no candidates of parts')
    await all(synthesize(one.llm, part(1)))
    await throws(join_, 'ERR_FILE_NOT_FOUND', 'of 3 parts there are 1')
    await all(synthesize(one.llm, part(3)))
    await all(synthesize(one.llm, part(2)), 1)
    await throws(join_, 'ERR_RUN_MISMATCH', 'run part 2/3 to its end first')
    await all(synthesize(one.llm, part(2)))
    const { triplets, counts } = await join_()
    assert.deepEqual(triplets, wanted)
    assert.ok(counts.refused.duplicate > 0)
    assert.equal(counts.sentences, 24)

    const file = join(run, 'candidates-2-of-3.jsonl')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('"seed":5', '"seed":6'))
    await throws(join_, 'ERR_RUN_MISMATCH', 'seed was 5 and is 6')
    await writeFile(file, text.replace('xling candidates 1', 'xling candidates 2'))
    await throws(join_, 'ERR_UNSUPPORTED_FILE', "'xling candidates 2'")
    await writeFile(file, text.replace('"anchor"', '"ancor"'))
    await throws(join_, 'ERR_MALFORMED_FILE', `${file}: line 2`)
    await writeFile(file, text)
    await all(synthesize(one.llm, part(1, 2)))
    await throws(join_, 'ERR_RUN_MISMATCH', 'is one of')
  }))

test('a folder with another synthesis is refused, and fresh starts over', () =>
  withFolders(async ({ decoder, run: folder }) => {
    await using one = await writers(decoder)
    const options = { ...one.options, folder }
    await all(synthesize(one.llm, options), 2)
    const file = join(folder, 'candidates.jsonl')
    const refuses = (change: Partial<SynthesizeOptions>, text: string) =>
      throws(() => all(synthesize(one.llm, { ...options, ...change })), 'ERR_RUN_MISMATCH', text)
    await refuses({ seed: 6 }, `${file} is of another run: seed was 5 and is 6`)
    await refuses({ topK: 3, maxNewTokens: 7 }, 'sampling.topK was 0 and is 3, maxNewTokens was 6 and is 7')
    await refuses({ sentences: sentences.slice(1) }, 'sentences was')
    await refuses(
      { adapters: { positive: one.adapters.negative, negative: one.adapters.negative } },
      'adapters.positive',
    )
    const text = await readFile(file, 'utf8')
    const [head = '', first = '', ...rest] = text.split('\n')
    await writeFile(file, [head, first.replace('"key":0', '"key":1'), ...rest].join('\n'))
    await refuses({}, `${file}: line 2 is for sentence 1, where 0 is due`)
    await writeFile(file, `{}\n${first}\n`)
    await throws(() => all(synthesize(one.llm, options)), 'ERR_MALFORMED_FILE', 'its first line is {}')
    await writeFile(join(folder, 'mine.txt'), '')
    const anew = await all(synthesize(one.llm, { ...options, fresh: true }))
    assert.deepEqual(anew, await all(synthesize(one.llm, one.options)))
    assert.deepEqual((await readdir(folder)).sort(), ['candidates.jsonl', 'mine.txt'])
  }))

test('what cannot be synthesised is refused', () =>
  withFolders(async ({ decoder, run }) => {
    await using one = await writers(decoder)
    await using other = await writers(decoder)
    const untyped = <T>(value: unknown) => value as T
    const refuses = (change: object, text: string, code: Parameters<typeof throws>[1] = 'ERR_INVALID_ARGUMENT') =>
      throws(() => all(synthesize(one.llm, untyped({ ...one.options, ...change }))), code, text)
    await refuses({ sentence: [] }, "did you mean 'sentences'", 'ERR_UNKNOWN_OPTION')
    await refuses({ sentences: undefined }, 'sentences is undefined')
    await refuses({ adapters: undefined }, 'adapters is undefined')
    await refuses({ adapters: { positive: one.adapters.positive, negativ: 1 } }, "'negativ'", 'ERR_UNKNOWN_OPTION')
    await refuses({ adapters: { positive: one.adapters.positive } }, 'negative')
    await refuses({ adapters: other.adapters }, 'another model')
    await refuses({ template: 'plan' }, "one of 'plain'")
    await refuses({ template: 'gemma' }, "the template 'gemma' writes", 'ERR_INVALID_TOKENIZER')
    await refuses({ seed: -1 }, 'seed is -1')
    await refuses({ temperature: -1 }, 'temperature is -1')
    await refuses({ topP: 2 }, 'topP is 2')
    for (const name of ['maxTokens', 'maxNewTokens', 'batchSize']) await refuses({ [name]: 0 }, `${name} is 0`)
    await refuses({ folder: '' }, 'folder is ')
    await refuses({ fresh: true }, 'fresh is true')
    await refuses({ shard: { index: 3, count: 2 } }, 'shard is {"index":3,"count":2}')
    await refuses({ filters: { scrip: 'Latin' } }, "'scrip'", 'ERR_UNKNOWN_OPTION')
    await refuses({ sentences: [] }, 'synthesize: sentences', 'ERR_NO_DATA')
    await refuses({ sentences: [{ a: 1 }] }, 'synthesize: sentences', 'ERR_MALFORMED_FILE')
    await refuses({ maxTokens: 5 }, 'leaves no room for the sentence', 'ERR_PROMPT_TOO_LONG')
    await one.adapters.positive.dispose()
    await refuses({}, 'disposed', 'ERR_DISPOSED')
    await one.adapters.negative.save(run)
  }))
