// The sentence in what a model wrote.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAnswer } from '#xling/parse/parse-answer'
import { type ParserId, parsers } from '#xling/parse/parsers/index'
import { templates } from '#xling/prompt/templates/index'

const families = Object.keys(parsers) as ParserId[]
const sentence = 'A dog runs.'

test('every family of templates has a parser, and no other has one', () =>
  assert.deepEqual(families, Object.keys(templates)))

// By the rule without which it comes out otherwise.
const cases: Record<string, string[]> = {
  'whitespace goes': ['  A dog runs.\n', '\n\nA dog runs.', 'A dog runs.\r\n', '\u00a0A dog runs.\u3000'],
  'a line break within is a space': ['A dog\nruns.', 'A dog \r\n runs.', 'A dog\u2028runs.', 'A dog\rruns.'],
  'what comes after a blank line is another text': ['A dog runs.\n\nA cat sleeps.', 'A dog runs.\n \t\nIt is day.'],
  'another turn is no part of it': [
    ...['A dog runs.\nuser\nAnd now?', 'A dog runs.\nUser: And now?', 'A dog runs.\nuser:'],
    'A dog runs.\nsystem\nYou are kind.',
  ],
  "the speaker's name goes": ['assistant\n\nA dog runs.', 'Assistant:\nA dog runs.', 'assistant: A dog runs.'],
  'a request as the templates make it is no part of it': [
    'A dog runs.\nWrite an English sentence that contradicts this one.',
    'A dog runs.\nAn English sentence that follows from it:\nA cat sleeps.',
  ],
  'an explanation is no part of it': ['A dog runs.\nExplanation: dogs do.', 'A dog runs.\n**Note:** dogs do.'],
  'an introduction goes': [
    ...['Sure!\nA dog runs.', 'Sure, here you go!\n\nA dog runs.', 'Of course.\nA dog runs.', 'Sure!\n\n\nA dog runs.'],
    ...['Here is an English sentence that follows from it:\n\nA dog runs.', 'The answer is:\nA dog runs.'],
    ...['**English sentence:**\nA dog runs.', 'An English sentence that contradicts it:\nA dog runs.'],
    ...["Sure! Here's a sentence for you: A dog runs.", 'Here is one sentence: A dog runs.', '答：\nA dog runs.'],
  ],
  'a label goes': [
    ...['Answer: A dog runs.', 'Sentence:A dog runs.', 'Entailment - A dog runs.', 'Contradiction – A dog runs.'],
    ...['English sentence: A dog runs.', '**Answer:** A dog runs.', '**Answer**: A dog runs.', 'OUTPUT：A dog runs.'],
  ],
  'the mark of a list goes': ['1. A dog runs.', '1) A dog runs.', '- A dog runs.', '• A dog runs.', '* A dog runs.'],
  'the first of a list counts': ['1. A dog runs.\n2. A cat sleeps.', '- A dog runs.\n- A cat sleeps.'],
  'emphasis goes': [
    ...['**A dog runs.**', '*A dog runs.*', '__A dog runs.__', '_A dog runs._', '`A dog runs.`', '``A dog runs.``'],
    ...['A **dog** runs.', '**A** dog __runs__.'],
  ],
  'fences go': ['```\nA dog runs.\n```', '```text\nA dog runs.\n```\nThat is it.', '~~~\nA dog runs.'],
  'quotation marks around it go': [
    ...['"A dog runs."', "'A dog runs.'", '“A dog runs.”', '‘A dog runs.’', '„A dog runs.“', '„A dog runs.”'],
    ...['«A dog runs.»', '»A dog runs.«', '« A dog runs. »', '‹A dog runs.›', '「A dog runs.」', '『A dog runs.』'],
    ...['”A dog runs.”', '《A dog runs.》', '＂A dog runs.＂', '‚A dog runs.‘'],
  ],
  'they may be nested': [
    '1. **Answer:** "A dog runs."',
    '"**A dog runs.**"',
    'Sure!\n- _«A dog runs.»_',
    '"1. A dog runs."',
  ],
}

for (const [rule, texts] of Object.entries(cases))
  test(rule, () => {
    for (const family of families)
      for (const text of texts) assert.equal(parseAnswer(family, text), sentence, JSON.stringify(text))
  })

test("a turn's markers that were left as text end it, those of its own format", () => {
  for (const family of families)
    for (const marker of parsers[family].markers)
      for (const rest of ['', '\n', 'user\nAnd now?', ' A cat sleeps.'])
        assert.equal(parseAnswer(family, `${sentence}${marker}${rest}`), sentence, family + marker)
  assert.equal(parseAnswer('gemma', 'A dog runs.<|im_end|>'), 'A dog runs.<|im_end|>')
})

test("the opening of the model's turn may be repeated", () => {
  for (const family of ['gemma', 'llama3', 'chatml'] as const) {
    const { after } = templates[family].positive
    const opening = after.slice(after.lastIndexOf(parsers[family].markers[0] ?? ''))
    assert.equal(parseAnswer(family, `\n${opening}A dog runs.`), sentence, family)
  }
})

test('an apostrophe is no quotation mark', () => {
  assert.equal(parseAnswer('plain', "'It's the dog’s day.'"), "It's the dog’s day.")
  assert.equal(parseAnswer('plain', '‘It’s day.’'), 'It’s day.')
})

test('nothing is left of what has no sentence', () => {
  // A lone pair of asterisks is no emphasis: there is nothing that it could be of.
  for (const family of families)
    for (const text of [
      ...[
        '',
        ' \n\t',
        '""',
        '«»',
        '**',
        '```\n```',
        'Answer:',
        'Sure!',
        'Here is an English sentence:',
        '1. ',
        '\n\n\n',
      ],
      ...['user\n', 'Write an English sentence that follows from this one.', parsers[family].markers[0] ?? ''],
      ...Object.values(templates[family]).map(({ before }) => before),
    ])
      assert.equal(parseAnswer(family, text), text === '**' ? '**' : undefined, JSON.stringify(text))
})

test('the requests of all templates are recognised when they are repeated', () => {
  for (const [family, tasks] of Object.entries(templates))
    for (const { before, after } of Object.values(tasks))
      assert.equal(parseAnswer(family as ParserId, `A dog runs.\n${before}Koru nami.${after}`), sentence)
})

const wellFormed = [
  ...[
    'A dog runs.',
    'He said this:',
    'He said: "go".',
    '1984 was a year.',
    '"Yes," she said.',
    '"Yes," she said. "No."',
    "It's 5 o'clock.",
  ],
  ...[
    '"A" and "B"',
    "'Tis the dogs' day.",
    'Sure, he came.',
    'Of course he came!',
    'Here is the rule: go.',
    '3.5 is a number.',
  ],
  ...[
    '2**3 and 2**4 are 8 and 16.',
    'A well-known dog - a big one - runs.',
    'The answer: none.',
    'Sentences end.',
    '$5 *or* less',
    '2**3** is odd.',
  ],
  ...[
    'snake_case_name runs',
    'Answering is hard.',
    'She asked: why?',
    '12 dogs run.',
    '–5 °C is cold.',
    'User error.',
    'Go',
  ],
  ...[
    'Собака бежит: «быстро», — сказал он.',
    'Ο σκύλος τρέχει· «ναι», είπε.',
    'الكلب يركض: «نعم» قالت.',
    'הכלב רץ: „כן”, אמרה.',
  ],
  ...[
    'कुत्ता दौड़ता है: "हाँ", उसने कहा।',
    'কুকুর দৌড়ায় — হ্যাঁ।',
    'ውሻው ይሮጣል፦ «አዎ» አለች።',
    '狗在跑：“是的”，她说。',
    '犬が走る。「はい」と彼女は言った。',
  ],
  ...[
    '개가 달린다: "네"라고 했다.',
    'สุนัขวิ่ง: "ใช่"',
    'ძაღლი გარბის: „კი“, თქვა.',
    'Շունը վազում է՝ «այո»։',
    'நாய் ஓடுகிறது.',
    'Ajá ń sáré: "Bẹ́ẹ̀ ni", ó wí.',
  ],
  ...['👩‍👩‍👧 run 🐕.', 'a\u0301 e\u0308', '…', '(A dog runs.)', 'A dog runs “fast”.', '“Yes,” she said, “no.”'],
]

test('a sentence without such comes back as it is', () => {
  for (const family of families) for (const text of wellFormed) assert.equal(parseAnswer(family, text), text)
})

test('what was parsed is parsed again to itself, whatever it was made of', () => {
  const pieces = [
    ...['"', '«', '»', '“', '”', "'", '**', '*', '_', '`', '```', '\n', '\n\n', ' ', '1. ', '- ', 'Answer: ', 'Sure! '],
    ...[
      'Here is a sentence: ',
      'user\n',
      'assistant',
      ':',
      'A dog runs.',
      'ውሻ',
      '<end_of_turn>',
      '<|im_start|>assistant\n',
    ],
  ]
  // A generator of our own (Lehmer's, mod 2³¹ - 1): the same texts every time.
  let state = 42
  const below = (count: number) => {
    state = (state * 48271) % 2147483647
    return state % count
  }
  let kept = 0
  for (let i = 0; i < 20_000; i++) {
    const text = Array.from({ length: 1 + below(9) }, () => pieces[below(pieces.length)]).join('')
    for (const family of families) {
      const once = parseAnswer(family, text)
      if (once === undefined) continue
      kept += 1
      assert.equal(parseAnswer(family, once), once, JSON.stringify(text))
      assert.ok(once.trim() === once && once !== '' && !/[\r\n]/.test(once), JSON.stringify([text, once]))
    }
  }
  assert.ok(kept > 20_000, `${kept}`)
})
