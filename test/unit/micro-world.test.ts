// The micro-world: its languages say all there is to say, each sentence one thing, and its oracle tells what follows.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from '#xling/quickstart/oracle/parse'
import { type Relation, relation } from '#xling/quickstart/oracle/relation'
import { similarity } from '#xling/quickstart/oracle/similarity'
import { oppositeOf } from '#xling/quickstart/world/concepts'
import { contradicted, drawEvent, drawMeaning, generalized, redrawn } from '#xling/quickstart/world/draw-meaning'
import { Draws } from '#xling/quickstart/world/draws'
import { piecesOf, say } from '#xling/quickstart/world/grammar'
import { languages } from '#xling/quickstart/world/languages/index'
import { type Meaning, type Slot, slots, slotValues, unsaid } from '#xling/quickstart/world/meaning'

const { english, torvan, makelu, shennai } = languages
const draws = () => new Draws(7, 'heldOut')

const event: Meaning = {
  subject: 'dog',
  subjectNumber: 'many',
  quality: 'big',
  action: 'push',
  tense: 'present',
  polarity: 'yes',
  object: 'knife',
  objectNumber: 'one',
  place: 'garden',
  time: 'noon',
}

test('every value of every slot is said in every language, and read back as it was meant', () => {
  const source = draws()
  // Every two values of two slots together, and 1000 meanings at random.
  const pairs = slots.flatMap((a, i) =>
    slots
      .slice(i + 1)
      .flatMap(b =>
        slotValues[a].flatMap(valueA => slotValues[b].map(valueB => ({ ...event, [a]: valueA, [b]: valueB }))),
      ),
  )
  const meanings = [...pairs, ...Array.from({ length: 1000 }, () => drawMeaning(source))]
  assert.ok(pairs.length > 2000, `${pairs.length} pairs`)
  for (const language of Object.values(languages))
    for (const meaning of meanings) {
      const sentence = say(language, meaning, source)
      assert.deepEqual(parse(language, sentence), meaning, `${language.name}: ${sentence}`)
    }
})

test('what is no sentence has no meaning', () => {
  const sentences = [
    '',
    'the',
    'the dogs push the',
    'dogs push the knife',
    'the dogs pushes the knife',
    'the dog push the knife',
    'the dogs push the knife the knife',
    'the dogs push the knife at noon in the garden',
    'the dogs push the knife in the noon',
    'the big big dogs push the knife',
    'The dogs push the knife',
    say(torvan, event, draws()),
  ]
  for (const sentence of sentences) assert.equal(parse(english, sentence), undefined, sentence)
  for (const language of [torvan, makelu, shennai])
    assert.equal(parse(language, say(english, event, draws())), undefined, language.name)
  // Number agrees in the present, and shows in nothing else of the verb.
  assert.equal(parse(english, ' the  dogs push the knife\n')?.subjectNumber, 'many')
  assert.equal(parse(english, 'the dog pushed the knife')?.subjectNumber, 'one')
})

test('a meaning that no language knows is refused', () => {
  assert.throws(() => say(torvan, { ...event, place: 'moon' }, draws()), /Torvan has no way to say/)
  assert.throws(() => oppositeOf('dog'), /'dog' is no action/)
})

test('languages share no word, and differ in what makes a word', () => {
  const seen = new Map<string, string>()
  for (const { name, fields } of Object.values(languages))
    for (const word of new Set(fields.flat().flatMap(({ form }) => form.split(' ').filter(part => part !== '')))) {
      assert.equal(seen.get(word), undefined, `${word} is a word of ${name} and ${seen.get(word)}`)
      seen.set(word, name)
    }
  const parts = (id: keyof typeof languages) => piecesOf(languages[id]).filter(piece => piece.startsWith('##')).length
  assert.deepEqual([parts('english'), parts('shennai')], [0, 0])
  assert.ok(parts('torvan') < 20 && parts('makelu') > 50, `${parts('torvan')} suffixes, ${parts('makelu')} stems`)
})

test('sentences of one meaning may have no word in common', () => {
  const said = new Set(Array.from({ length: 200 }, (_, i) => say(english, event, new Draws(i, 'heldOut'))))
  assert.deepEqual(
    [...said].sort(),
    ['big', 'large'].flatMap(quality =>
      ['push', 'shove'].flatMap(action =>
        ['midday', 'noon'].map(time => `the ${quality} dogs ${action} the knife in the garden at ${time}`),
      ),
    ),
  )
})

const but = (changes: Partial<Meaning>): Meaning => ({ ...event, ...changes })
const related: [first: Meaning, second: Meaning, Relation][] = [
  [event, event, 'entails'],
  [event, but({ subject: 'animal' }), 'entails'],
  [but({ subject: 'animal' }), event, 'neither'],
  [event, but({ object: 'tool', place: unsaid, time: unsaid, quality: unsaid }), 'entails'],
  [but({ place: unsaid }), event, 'neither'],
  [event, but({ subject: 'cat' }), 'contradicts'],
  [event, but({ subject: 'bird' }), 'contradicts'],
  [but({ subject: 'animal' }), but({ subject: 'bird' }), 'contradicts'],
  [event, but({ action: 'pull' }), 'contradicts'],
  [event, but({ action: 'lift' }), 'neither'],
  [event, but({ quality: 'small' }), 'contradicts'],
  [event, but({ quality: 'happy' }), 'neither'],
  [event, but({ place: 'forest' }), 'contradicts'],
  [event, but({ time: 'night', place: unsaid }), 'contradicts'],
  [event, but({ tense: 'past' }), 'contradicts'],
  [event, but({ objectNumber: 'many' }), 'contradicts'],
  // What is denied.
  [event, but({ polarity: 'no' }), 'contradicts'],
  [event, but({ polarity: 'no', subject: 'animal', place: unsaid }), 'contradicts'],
  [event, but({ polarity: 'no', place: 'forest' }), 'entails'],
  [event, but({ polarity: 'no', action: 'lift' }), 'neither'],
  [but({ polarity: 'no' }), event, 'contradicts'],
  [but({ polarity: 'no' }), but({ place: 'forest' }), 'neither'],
  [but({ polarity: 'no', subject: 'animal' }), but({ polarity: 'no' }), 'entails'],
  [but({ polarity: 'no' }), but({ polarity: 'no', subject: 'animal' }), 'neither'],
]

test('what follows from a sentence, and what contradicts it', () => {
  for (const [first, second, wanted] of related)
    assert.equal(relation(first, second), wanted, JSON.stringify([first, second]))
})

test('contradiction goes both ways, and what follows from what follows does, too', () => {
  const source = draws()
  const near = Array.from({ length: 3000 }, () => {
    const first = drawMeaning(source)
    const second = redrawn(first, source.below(3), source)
    return [first, second, redrawn(second, source.below(3), source)] as const
  })
  const counts = { entails: 0, contradicts: 0, neither: 0 }
  for (const [a, b, c] of near) {
    counts[relation(a, b)] += 1
    assert.equal(relation(a, b) === 'contradicts', relation(b, a) === 'contradicts', JSON.stringify([a, b]))
    if (relation(a, b) === 'entails' && relation(b, c) === 'entails')
      assert.equal(relation(a, c), 'entails', JSON.stringify([a, b, c]))
    if (relation(a, b) === 'entails' && relation(b, c) === 'contradicts')
      assert.equal(relation(a, c), 'contradicts', JSON.stringify([a, b, c]))
  }
  for (const [name, count] of Object.entries(counts)) assert.ok(count > 100, `${name}: ${count}`)
})

test('what is made to follow follows, what is made to contradict contradicts, in as many ways as there are', () => {
  const source = draws()
  const changed = { entails: new Set<Slot>(), contradicts: new Set<Slot>() }
  for (let i = 0; i < 2000; i += 1) {
    const first = drawEvent(source)
    for (const [wanted, second] of [
      ['entails', generalized(first, source)],
      ['contradicts', contradicted(first, source)],
    ] as const) {
      assert.equal(relation(first, second), wanted, JSON.stringify([first, second]))
      for (const slot of slots) if (first[slot] !== second[slot]) changed[wanted].add(slot)
    }
  }
  assert.deepEqual([...changed.entails].sort(), ['object', 'place', 'quality', 'subject', 'time'])
  assert.deepEqual([...changed.contradicts].sort(), [
    'action',
    'object',
    'place',
    'polarity',
    'quality',
    'subject',
    'time',
  ])
  const bare = { ...event, subject: 'animal', object: 'tool', quality: unsaid, place: unsaid, time: unsaid }
  assert.deepEqual(generalized(bare, source), bare)
})

test('similarity is symmetric, 1 for the same meaning alone, and falls with each slot that differs', () => {
  const source = draws()
  for (let i = 0; i < 1000; i += 1) {
    const first = drawMeaning(source)
    const second = redrawn(first, source.below(11), source)
    const score = similarity(first, second)
    assert.equal(score, similarity(second, first))
    assert.ok(score >= 0 && score <= 1)
    assert.equal(
      score === 1,
      slots.every(slot => first[slot] === second[slot]),
    )
  }
  // Weights: all are 19; the subject, the action and the object 3 each.
  assert.equal(similarity(event, but({ subject: 'owl' })), 16 / 19)
  assert.equal(similarity(event, but({ subject: 'animal' })), (16 + 3 / 2) / 19)
  assert.equal(similarity(event, but({ subject: 'cat' })), (16 + 3 / 4) / 19)
  assert.equal(similarity(event, but({ action: 'pull' })), 16 / 19)
  assert.equal(similarity(event, but({ tense: 'past' })), 18 / 19)
  assert.equal(similarity(event, but({ place: unsaid })), 17 / 19)
  assert.equal(similarity(but({ place: unsaid }), but({ place: unsaid, action: 'pull' })), 14 / 17)
})

test('draws follow from seed and stream, and are as even as they should be', () => {
  const first = (seed: number, stream: 'heldOut' | 'synthesis') =>
    Array.from(
      { length: 6 },
      (
        (source: Draws) => () =>
          source.below(1000)
      )(new Draws(seed, stream)),
    )
  assert.deepEqual(first(1, 'heldOut'), first(1, 'heldOut'))
  assert.notDeepEqual(first(1, 'heldOut'), first(2, 'heldOut'))
  assert.notDeepEqual(first(1, 'heldOut'), first(1, 'synthesis'))
  const source = draws()
  const counts = new Array(7).fill(0)
  for (let i = 0; i < 7000; i += 1) counts[source.below(7)] += 1
  // Five standard deviations of a binomial of 7000 draws.
  for (const count of counts) assert.ok(Math.abs(count - 1000) < 5 * 29.3, String(counts))
  assert.deepEqual([source.chance(0), source.chance(1), source.below(1)], [false, true, 0])
})
