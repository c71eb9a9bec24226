// What a quickstart learns from, and what it is scored by.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { semrel } from '#xling/eval/tasks/semrel'
import { readPairs } from '#xling/eval/tasks/task'
import { taught, writeData } from '#xling/quickstart/data'
import { parse } from '#xling/quickstart/oracle/parse'
import { relation } from '#xling/quickstart/oracle/relation'
import { similarity } from '#xling/quickstart/oracle/similarity'
import { isRight, writeHeldOut } from '#xling/quickstart/scoring'
import { Draws } from '#xling/quickstart/world/draws'
import { say } from '#xling/quickstart/world/grammar'
import { type LanguageId, languages } from '#xling/quickstart/world/languages/index'
import { type Meaning, meaningKey } from '#xling/quickstart/world/meaning'
import { emptyFolder } from './hub/fake-hub.js'

const sizes = { pairs: 200, sentences: 100, heldOut: 50 }

const rowsOf = (file: string) =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map(row => row.split(','))

/** The meaning of a sentence of the one language among some that has it. */
function meant(sentence: string, some: readonly LanguageId[]): Meaning {
  const meanings = some.flatMap(id => parse(languages[id], sentence) ?? [])
  assert.equal(meanings.length, 1, sentence)
  return meanings[0] as Meaning
}

test('pairs are what the adapters are to learn, in both languages, and permuted ones are of no sentence', async t => {
  const folder = emptyFolder(t)
  const data = await writeData(folder, { sizes, seed: 3, permuted: false })
  const control = await writeData(join(folder, 'control'), { sizes, seed: 3, permuted: true })
  for (const [name, wanted] of [
    ['positives', 'entails'],
    ['negatives', 'contradicts'],
  ] as const) {
    const rows = rowsOf(data[name])
    const permuted = rowsOf(control[name])
    assert.equal(rows.length, 200)
    for (const [sentence = '', answer = ''] of rows)
      assert.equal(relation(meant(sentence, taught), meant(answer, ['english'])), wanted, `${sentence}: ${answer}`)
    for (const language of taught)
      assert.ok(rows.filter(([sentence = '']) => parse(languages[language], sentence)).length > 50, language)
    // The same sentences and answers, all apart.
    const column = (some: readonly string[][], at: number) => some.map(row => row[at])
    assert.deepEqual(column(permuted, 0), column(rows, 0))
    assert.deepEqual(column(permuted, 1).sort(), column(rows, 1).sort())
    for (const [i, row] of rows.entries()) assert.notEqual(permuted[i]?.[1], row[1])
  }
  assert.deepEqual(readFileSync(data.sentences), readFileSync(control.sentences))
})

test('what is told is all that the files say, and follows from the seed', async t => {
  const folder = emptyFolder(t)
  const written = (name: string, seed: number) => writeData(join(folder, name), { sizes, seed, permuted: false })
  const [first, again, other] = [await written('first', 1), await written('again', 1), await written('other', 2)]
  for (const name of ['positives', 'negatives', 'sentences'] as const) {
    assert.deepEqual(readFileSync(first[name]), readFileSync(again[name]))
    assert.notDeepEqual(readFileSync(first[name]), readFileSync(other[name]))
  }
  const pairs = [...rowsOf(first.positives), ...rowsOf(first.negatives)].map(([sentence = '']) =>
    meant(sentence, taught),
  )
  const sentences = rowsOf(first.sentences).map(([sentence = '']) => sentence)
  assert.equal(sentences.length, 100)
  const meanings = [...pairs, ...sentences.map(sentence => meant(sentence, ['torvan']))]
  assert.deepEqual(new Set(meanings.map(meaningKey)), first.told)
  for (const sentence of sentences)
    assert.deepEqual(meant(first.glosses.get(sentence) ?? '', ['english']), meant(sentence, ['torvan']))
})

for (const second of ['torvan', 'english'] as const)
  test(`tests with ${second} have scores of all sizes, each what the grammar says, and no meaning that was told`, async t => {
    const file = join(emptyFolder(t), 'test.csv')
    const pairsOf = async (told: ReadonlySet<string>) => {
      await writeHeldOut(file, second, { told, count: 400, seed: 1 })
      const pairs = await readPairs(semrel, file)
      return pairs.map(({ first, second: other, score }) => {
        const [a, b] = [meant(first, ['torvan']), meant(other, [second])]
        assert.ok(Math.abs(similarity(a, b) - score) <= 5e-5, `${first}, ${other}: ${score}`)
        return { a, b, score }
      })
    }
    const keys = (pairs: Awaited<ReturnType<typeof pairsOf>>) => pairs.flatMap(({ a, b }) => [a, b]).map(meaningKey)
    const pairs = await pairsOf(new Set())
    assert.equal(pairs.length, 400)
    for (const [low, high] of [
      [0, 0.25],
      [0.25, 0.5],
      [0.5, 0.75],
      [0.75, 1],
    ] as const)
      assert.ok(pairs.filter(({ score }) => score >= low && score <= high).length > 40, `${low} to ${high}`)
    const told = new Set(keys(pairs))
    for (const key of keys(await pairsOf(told))) assert.ok(!told.has(key), key)
  })

test('a triplet is right where both answers are', () => {
  const meaning = meant('the big dogs push the knife in the garden at noon', ['english'])
  const anchor = say(languages.torvan, meaning, new Draws(1, 'heldOut'))
  const [follows, contradicts] = ['the animals push the tool at midday', 'the large dogs pull the knife']
  const judged = (positive: string, negative: string, of = anchor) =>
    isRight({ key: 0, anchor: of, positive, negative })
  assert.equal(judged(follows, contradicts), true)
  for (const wrong of [contradicts, 'the dogs push the fig tree', 'the happy dogs push the knife', '', anchor]) {
    assert.equal(judged(wrong, contradicts), false, wrong)
    if (wrong !== contradicts) assert.equal(judged(follows, wrong), false, wrong)
  }
  assert.equal(judged(contradicts, follows), false)
  assert.equal(judged(follows, contradicts, 'the dogs push the knife'), false)
})
