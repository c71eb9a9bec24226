// What is refused of what a model wrote, by the first reason.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Candidate } from '#xling/parse/filters/candidate'
import { type FilterId, type FilterOptions, Filters, filterIds } from '#xling/parse/filters/index'
import { throws } from '../boundary/throws.js'

const good: Candidate = {
  anchor: 'Koru nami uno, vosa depa.',
  positive: 'A dog sees it here.',
  negative: 'No dog has ever been here.',
}
const first = (changes: Partial<Candidate>, options: FilterOptions = {}) =>
  new Filters(options).refuses({ ...good, ...changes })

test('options that are none are refused', async () => {
  const make = (options: object) => () => new Filters(options)
  await throws(
    make({ scripts: 'Latin' }),
    'ERR_UNKNOWN_OPTION',
    "filters: there is no option 'scripts'; did you mean 'script'?",
  )
  for (const script of ['Latn1', 'latin', '', 'Latin}|\\p{L', 'Script=Latin', true, false, null, 7])
    await throws(make({ script }), 'ERR_INVALID_ARGUMENT', `filters: script is ${JSON.stringify(script)} but`)
  for (const maxLengthRatio of [0.99, 0, -1, Number.NaN, '4', null])
    await throws(make({ maxLengthRatio }), 'ERR_INVALID_ARGUMENT', `filters: maxLengthRatio is ${maxLengthRatio} but`)
})

test('what has both answers, none of them strange, is kept', () => assert.equal(first({}), undefined))

test('empty: an answer is missing', () => {
  for (const nothing of [undefined, '', ' \n'])
    for (const which of ['positive', 'negative']) assert.equal(first({ [which]: nothing }), 'empty')
})

test('echo: an answer is the sentence, or the other answer, but for case, punctuation, whitespace and width', () => {
  const anchor = 'Der Hund läuft, hier!'
  for (const same of [anchor, 'der hund läuft hier', ' DER  HUND LA\u0308UFT – HIER ', 'Ｄｅｒ Hund läuft… „hier“'])
    for (const which of ['positive', 'negative']) assert.equal(first({ anchor, [which]: same }), 'echo', same)
  assert.equal(first({ positive: 'No dog: has ever been HERE' }), 'echo')
  for (const other of ['Der Hund lauft hier', 'Der Hund läuft hier nicht', 'Derhund läuft hier'])
    assert.equal(first({ anchor, positive: other }), undefined, other)
})

// Twenty letters, some of which are not Latin.
const mixed = (foreign: number) => 'a'.repeat(20 - foreign) + 'я'.repeat(foreign)
const texts = {
  Latin: 'Ẹ̀ka àwọn ajá ń sáré.',
  Cyrillic: 'Собака бежит здесь.',
  Arabic: 'الكلب يركض هنا الآن.',
  Devanagari: 'कुत्ता यहाँ दौड़ता है।',
  Ethiopic: 'ውሻው እዚህ ይሮጣል።',
  Han: '狗在这里跑得很快。',
}

test('script: too few letters of an answer are of the script, or it has none', () => {
  for (const [name, text] of Object.entries(texts))
    for (const script of Object.keys(texts))
      for (const which of ['positive', 'negative'] as const) {
        const other = { positive: 'negative', negative: 'positive' }[which]
        const candidate = { ...good, [which]: text, [other]: `${texts[script as keyof typeof texts]} x` }
        assert.equal(first(candidate, { script }), name === script ? undefined : 'script', `${name}, ${script}`)
      }
  assert.equal(first({ positive: texts.Arabic }), 'script')
  assert.equal(first({ positive: mixed(6) }), undefined)
  assert.equal(first({ positive: mixed(7) }), 'script')
  for (const none of ['🐕🐕 🐕', '1984', '?!', 'ْ'])
    for (const script of Object.keys(texts)) assert.equal(first({ negative: none }, { script }), 'script')
  // Digits and punctuation do not count.
  assert.equal(first({ positive: '12,345,678.90 – go (2024)!' }), undefined)
})

test('script: any takes any', () => {
  for (const positive of [...Object.values(texts), '1984', '🐕🐕 🐕', mixed(10)])
    assert.equal(first({ positive }, { script: 'any' }), undefined)
})

test('length: an answer is over four times as long, or as short, and short texts count for 20 characters', () => {
  const text = (length: number) => 'a'.repeat(length)
  const of = (anchor: number, positive: number, maxLengthRatio?: number) =>
    first(
      { anchor: text(anchor), positive: text(positive), negative: 'b'.repeat(anchor) },
      maxLengthRatio ? { maxLengthRatio } : {},
    )
  assert.equal(of(100, 400), undefined)
  assert.equal(of(100, 401), 'length')
  assert.equal(of(400, 99), 'length')
  assert.equal(of(400, 101), undefined)
  assert.equal(of(1, 80), undefined)
  assert.equal(of(1, 81), 'length')
  assert.equal(of(80, 1), undefined)
  assert.equal(of(81, 1), 'length')
  assert.equal(of(100, 150, 1.5), undefined)
  assert.equal(of(100, 151, 1.5), 'length')
  assert.equal(first({ negative: text(200) }), 'length')
  // Characters, and not the units that hold them: 20 of these are 40.
  assert.equal(first({ anchor: '𞤀'.repeat(20), positive: text(81) }), 'length')
})

test('duplicate: a sentence with a positive that it was kept with before', () => {
  const filters = new Filters()
  assert.equal(filters.refuses(good), undefined)
  assert.equal(filters.refuses(good), 'duplicate')
  assert.equal(filters.refuses({ ...good, negative: 'A cat sleeps there.' }), 'duplicate')
  assert.equal(filters.refuses({ ...good, positive: 'a DOG sees it, here' }), 'duplicate')
  assert.equal(filters.refuses({ ...good, positive: 'It is a dog that sees it.' }), undefined)
  assert.equal(filters.refuses({ ...good, anchor: 'Miva nami uno.' }), undefined)
  // What was refused for another reason was not kept.
  const once = { ...good, anchor: 'Tepo rilu ado.' }
  assert.equal(filters.refuses({ ...once, negative: once.positive }), 'echo')
  assert.equal(filters.refuses(once), undefined)
  // Where a sentence ends and its positive begins makes a difference.
  const split = { anchor: 'Koru namiA', positive: 'dog sees it.', negative: 'No dog.' }
  assert.deepEqual(
    [filters.refuses(split), filters.refuses({ ...split, anchor: 'Koru nami', positive: 'Adog sees it.' })],
    [undefined, undefined],
  )
})

test('a candidate is counted once, by the first reason', () => {
  const filters = new Filters()
  const long = 'Собака '.repeat(50)
  const candidates: [Partial<Candidate>, FilterId | undefined][] = [
    [{}, undefined],
    [{ positive: undefined, negative: long }, 'empty'],
    [{ positive: long, negative: long }, 'echo'],
    [{ negative: long }, 'script'],
    [{ negative: 'dog '.repeat(50) }, 'length'],
    [{}, 'duplicate'],
  ]
  for (const [changes, reason] of candidates) assert.equal(filters.refuses({ ...good, ...changes }), reason)
  assert.deepEqual(filters.counts, { empty: 1, echo: 1, script: 1, length: 1, duplicate: 1 })
  assert.deepEqual(Object.keys(filters.counts), filterIds)
  // What is given is a copy.
  Object.assign(filters.counts, { empty: 9 })
  assert.equal(filters.counts.empty, 1)
})
