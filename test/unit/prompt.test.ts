// Prompts and training examples as ids.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { packExamples } from '#xling/data/collate'
import { closingIdOf } from '#xling/prompt/closing'
import { renderExample, renderPrompt } from '#xling/prompt/render'
import { type TemplateId, templates } from '#xling/prompt/templates/index'
import { plain } from '#xling/prompt/templates/plain'
import { Tokenizer } from '#xling/tokenizer/tokenizer'
import { throws } from '../boundary/throws.js'
import { type FamilyGolden, readGolden, sourcesOf } from '../golden/tokenizer/golden.js'

const untyped = <T>(value: unknown) => value as T

const names = ['gemma', 'llama3', 'chatml'] as const
const tokenizers = await Promise.all(
  names.map(async name => new Tokenizer(sourcesOf(await readGolden<FamilyGolden>(name)))),
)
const [gemma] = tokenizers as [Tokenizer, Tokenizer, Tokenizer]
const template = plain.positive
const sentence = 'Nå, jeg tænkte ikke engang på det, ḥaqq नमस्ते 👩‍👩‍👧 $& {sentence} ok'
const answer = 'I was told so.'
const roomy = { maxTokens: 4096 }

test('misuse of renderPrompt', async () => {
  const render = (text: unknown, options: object) => () =>
    renderPrompt(gemma, template, untyped(text), untyped(options))
  await throws(render('a', { maxToken: 9 }), 'ERR_UNKNOWN_OPTION', "mean 'maxTokens'")
  for (const maxTokens of [0, -1, 1.5, Number.NaN, '9', undefined, 2 ** 31])
    await throws(render('a', { maxTokens }), 'ERR_INVALID_ARGUMENT', `renderPrompt: maxTokens is ${maxTokens}`)
  for (const text of ['', ' \n', undefined, 7])
    await throws(render(text, { maxTokens: 99 }), 'ERR_INVALID_ARGUMENT', 'renderPrompt: sentence must be')
})

test('misuse of renderExample', async () => {
  const render = (changes: object, options: object) => () =>
    renderExample(gemma, template, { sentence, answer, ...changes }, untyped({ ...roomy, ...options }))
  await throws(render({}, { maxToken: 9 }), 'ERR_UNKNOWN_OPTION', "mean 'maxTokens'")
  for (const maxTokens of [0, 1.5, undefined])
    await throws(render({}, { maxTokens }), 'ERR_INVALID_ARGUMENT', `renderExample: maxTokens is ${maxTokens}`)
  for (const text of ['', '\t', null]) {
    await throws(render({ sentence: text }, {}), 'ERR_INVALID_ARGUMENT', 'renderExample: sentence must be')
    await throws(render({ answer: text }, {}), 'ERR_INVALID_ARGUMENT', 'renderExample: answer must be')
  }
})

// Every vocabulary by the plain template and by its own.
const cases = names.flatMap((vocabulary, i) =>
  (['plain', vocabulary] satisfies TemplateId[]).map(id => ({
    name: `${vocabulary}, ${id}`,
    tokenizer: tokenizers[i] as Tokenizer,
    template: templates[id].positive,
  })),
)

for (const { name, tokenizer, template } of cases) {
  const countOf = (text: string) => tokenizer.encode(text, { addSpecial: false, parseSpecial: true }).length
  const shown = (ids: Int32Array) => tokenizer.decode(ids, { skipSpecial: false })
  const begins = tokenizer.encode('')
  const before = shown(begins) + template.before
  const closingId = closingIdOf(tokenizer, template)

  test(`${name}: a prompt is the template's text around the sentence, BOS once`, () => {
    const { ids, truncated } = renderPrompt(tokenizer, template, sentence, { maxTokens: 4096 })
    assert.equal(truncated, false)
    assert.equal(shown(ids), before + sentence + template.after)
    assert.deepEqual(ids, tokenizer.encode(template.before + sentence + template.after, { parseSpecial: true }))
    assert.equal(begins.length, name.startsWith('chatml') ? 0 : 1)
    if (begins.length > 0) assert.deepEqual([ids.indexOf(begins[0] ?? -1), ids.lastIndexOf(begins[0] ?? -1)], [0, 0])
  })

  test(`${name}: an example is the prompt, the answer and the closing id, and has labels from the answer on`, () => {
    const prompt = renderPrompt(tokenizer, template, sentence, { maxTokens: 4096 }).ids
    const { ids, labels, truncated } = renderExample(tokenizer, template, { sentence, answer }, roomy)
    const ending = [...tokenizer.encode(answer, { addSpecial: false }), closingId]
    assert.deepEqual([...ids], [...prompt, ...ending])
    assert.deepEqual([...labels], [...prompt.map(() => -100), ...ending])
    assert.equal(truncated, false)
  })

  test(`${name}: of a sentence that is too long the end goes, and nothing else`, () => {
    const whole = renderExample(tokenizer, template, { sentence, answer }, roomy).ids.length
    const least = begins.length + countOf(`${template.before}N${template.after}`) + countOf(answer) + 1
    for (let maxTokens = whole; maxTokens >= least; maxTokens--) {
      const { ids, labels, truncated } = renderExample(tokenizer, template, { sentence, answer }, { maxTokens })
      const prompt = ids.subarray(0, labels.lastIndexOf(-100) + 1)
      const text = shown(prompt)
      const kept = text.slice(before.length, -template.after.length)
      assert.equal(text, before + kept + template.after)
      assert.ok(kept !== '' && sentence.startsWith(kept), kept)
      // Characters are whole: no half of a pair, no byte that decodes to nothing.
      assert.ok(!/\p{Surrogate}|\ufffd/u.test(kept), kept)
      assert.ok(ids.length <= maxTokens)
      // One character takes as many tokens as it has bytes at most, and the longest here has four.
      assert.ok(ids.length > maxTokens - 4, `${ids.length} of ${maxTokens} are used`)
      assert.equal(truncated, maxTokens < whole)
      assert.equal(kept === sentence, !truncated)
      assert.deepEqual(labels.slice(prompt.length), ids.slice(prompt.length))
      assert.equal(ids.at(-1), closingId)
      // What is asked when text is to be written, with as much room.
      const asked = renderPrompt(tokenizer, template, sentence, { maxTokens: maxTokens - ids.length + prompt.length })
      assert.deepEqual([asked.ids, asked.truncated], [prompt, truncated])
    }
  })

  test(`${name}: a template that does not fit, or leaves no room for a sentence, is refused`, async () => {
    const alone = begins.length + countOf(template.before + template.after)
    for (const maxTokens of [1, alone - 1, alone])
      await throws(
        () => renderPrompt(tokenizer, template, sentence, { maxTokens }),
        'ERR_PROMPT_TOO_LONG',
        `the template '${template.id}' (positive) takes ${alone} tokens of the ${maxTokens} that`,
      )
    const ending = countOf(answer) + 1
    for (const maxTokens of [1, ending, alone + ending])
      await throws(
        () => renderExample(tokenizer, template, { sentence, answer }, { maxTokens }),
        'ERR_PROMPT_TOO_LONG',
        `takes ${alone} tokens of the ${maxTokens - ending} that`,
      )
  })
}

test('a sentence of one character is used whole or refused', async () => {
  const { ids } = renderPrompt(gemma, template, 'a', { maxTokens: 4096 })
  assert.equal(renderPrompt(gemma, template, 'a', { maxTokens: ids.length }).truncated, false)
  await throws(
    () => renderPrompt(gemma, template, 'a', { maxTokens: ids.length - 1 }),
    'ERR_PROMPT_TOO_LONG',
    'leaves no room for the sentence',
  )
})

test('what a tokenizer puts behind every text is not put behind a prompt', async () => {
  const golden = await readGolden<FamilyGolden>('gemma')
  const special = (id: string) => ({ SpecialToken: { id, type_id: 0 } })
  const token = (id: string, number: number) => [id, { id, ids: [number], tokens: [id] }]
  const closes = {
    type: 'TemplateProcessing',
    single: [special('<bos>'), { Sequence: { id: 'A', type_id: 0 } }, special('<eos>')],
    pair: [],
    special_tokens: Object.fromEntries([token('<bos>', 2), token('<eos>', 1)]),
  }
  const tokenizer = new Tokenizer(
    sourcesOf(golden, { tokenizer: { ...golden.files['tokenizer.json'], post_processor: closes } }),
  )
  assert.deepEqual([...tokenizer.encode('')], [2, 1])
  assert.deepEqual(
    renderPrompt(tokenizer, template, sentence, { maxTokens: 4096 }),
    renderPrompt(gemma, template, sentence, { maxTokens: 4096 }),
  )
})

test('rows are packed with labels and keys', () => {
  const row = (key: number, ...ids: number[]) => ({
    ids: Int32Array.from(ids),
    labels: Int32Array.from(ids, id => -id),
    key,
  })
  const packed = packExamples([row(7, 1, 2, 3), row(0, 4), row(2 ** 31 - 1, 5, 6)])
  assert.deepEqual(packed, {
    ids: Int32Array.of(1, 2, 3, 4, 5, 6),
    offsets: Int32Array.of(0, 3, 4, 6),
    labels: Int32Array.of(-1, -2, -3, -4, -5, -6),
    keys: Int32Array.of(7, 0, 2 ** 31 - 1),
  })
  assert.deepEqual(packExamples([]), {
    ids: new Int32Array(),
    offsets: Int32Array.of(0),
    labels: new Int32Array(),
    keys: new Int32Array(),
  })
})

test('rows that cannot be packed are named', async () => {
  const ids = Int32Array.of(1, 2)
  const good = { ids, labels: ids, key: 0 }
  for (const bad of [
    { labels: ids.slice(1) },
    { labels: Int32Array.of(1, 2, 3) },
    { ids: ids.slice(2), labels: ids.slice(2) },
  ])
    await throws(() => packExamples([good, { ...good, ...bad }]), 'ERR_INVALID_SHAPE', 'packExamples: row 1 has ')
  for (const key of [-1, 0.5, 2 ** 31, Number.NaN])
    await throws(() => packExamples([good, { ...good, key }]), 'ERR_INVALID_ARGUMENT', `the key of row 1 is ${key}`)
})
