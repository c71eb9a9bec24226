// The models of the quickstart: their sizes, their files, and that their tokenizers know every word.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Decoder, Encoder, Tokenizer } from 'xling'
import { plain } from '#xling/prompt/templates/plain'
import { drawSentence, drawText } from '#xling/quickstart/pretraining/corpus'
import { decoderConfig, encoderConfig } from '#xling/quickstart/pretraining/models'
import {
  decoderVocabulary,
  encoderVocabulary,
  writeDecoderTokenizer,
  writeEncoderTokenizer,
} from '#xling/quickstart/pretraining/tokenizers'
import { Draws } from '#xling/quickstart/world/draws'
import { seam, textOf } from '#xling/quickstart/world/grammar'
import { languages } from '#xling/quickstart/world/languages/index'

const folder = mkdtempSync(join(tmpdir(), 'xling-micro-world-'))
after(() => rmSync(folder, { recursive: true }))
const committed = join(dirname(fileURLToPath(import.meta.resolve('xling/package.json'))), 'quickstart')

const kinds = {
  decoder: { write: writeDecoderTokenizer, vocabulary: decoderVocabulary, config: decoderConfig },
  encoder: { write: writeEncoderTokenizer, vocabulary: encoderVocabulary, config: encoderConfig },
}

for (const [name, { write, vocabulary }] of Object.entries(kinds)) {
  test(`every word of every language is its morphemes to the ${name}, and is text again after`, async () => {
    await write(folder)
    const tokenizer = await Tokenizer.fromFolder(folder)
    assert.equal(tokenizer.vocabSize, vocabulary.length)
    for (const { form } of Object.values(languages).flatMap(({ fields }) => fields.flat())) {
      const morphemes = form
        .split(' ')
        .filter(word => word !== '')
        .flatMap(word => word.split(seam).map((part, i) => (i === 0 ? part : `##${part}`)))
      const ids = tokenizer.encode(textOf(form), { addSpecial: false })
      assert.deepEqual(
        Array.from(ids, id => vocabulary[id]),
        morphemes,
      )
      assert.equal(tokenizer.decode(ids), textOf(form))
    }
  })
}

test('the decoder knows the words of the prompts, ends texts and answers, and reads no word that it does not know', async () => {
  await writeDecoderTokenizer(folder)
  const tokenizer = await Tokenizer.fromFolder(folder)
  const unknown = decoderVocabulary.indexOf('<unk>')
  for (const { before, after } of Object.values(plain))
    assert.ok(!tokenizer.encode(`${before} the dogs ${after}`).includes(unknown))
  assert.equal(tokenizer.controlId('<eos>'), decoderConfig.eos_token_id)
  const draws = new Draws(3, 'pretraining')
  for (let i = 0; i < 500; i += 1) {
    const ids = tokenizer.encode(drawText(draws))
    assert.ok(!ids.includes(unknown) && ids.length < decoderConfig.max_position_embeddings)
    assert.ok(tokenizer.encode(drawSentence(draws)).length < encoderConfig.max_position_embeddings)
  }
  assert.ok(tokenizer.encode('moon').includes(unknown))
})

test('nothing that the decoder reads first asks for what the adapters are to learn', () => {
  const draws = new Draws(3, 'pretraining')
  const requests = Object.values(plain).flatMap(({ before, after }) => [before, after].map(text => text.trim()))
  for (let i = 0; i < 2000; i += 1) {
    const text = drawText(draws)
    for (const request of requests) assert.ok(!text.includes(request.replace(/\s+/g, ' ')), text)
  }
})

test('the models are small, of six layers of which one attends to all, and of another kind', async () => {
  await using llm = await Decoder.load(join(committed, 'decoder'), { trainable: 'all' })
  await using encoder = await Encoder.load(join(committed, 'encoder'))
  const count = async (model: Decoder | Encoder) =>
    Object.values(await model.parameters()).reduce((sum, { data }) => sum + data.length, 0)
  const [large, small] = [await count(llm), await count(encoder)]
  assert.ok(large > 800_000 && large <= 2_000_000, `${large} parameters`)
  assert.ok(small > 400_000 && small <= 1_500_000, `${small} parameters`)
  assert.equal(llm.tokenizer.vocabSize, decoderVocabulary.length)
  assert.equal(encoder.tokenizer.vocabSize, encoderVocabulary.length)
})

test('what is committed is what the grammar and the configurations make, in files under 2 MiB', async () => {
  for (const [name, { write, config }] of Object.entries(kinds)) {
    const own = join(committed, name)
    await write(folder)
    for (const file of ['tokenizer.json', 'tokenizer_config.json'])
      assert.equal(readFileSync(join(own, file), 'utf8'), readFileSync(join(folder, file), 'utf8'))
    const saved = JSON.parse(readFileSync(join(own, 'config.json'), 'utf8'))
    for (const [key, value] of Object.entries(config)) assert.deepEqual(saved[key], value, `${name}: ${key}`)
    for (const file of readdirSync(own, { recursive: true, encoding: 'utf8' }))
      assert.ok(statSync(join(own, file)).size < 2 * 2 ** 20, file)
  }
})
