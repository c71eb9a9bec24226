// Files of pairs with people's scores, and the control that needs no model.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { wordOverlap } from '#xling/eval/controls/word-overlap'
import { type TaskId, tasks } from '#xling/eval/tasks/index'
import { readPairs } from '#xling/eval/tasks/task'
import { throws } from '../boundary/throws.js'
import { emptyFolder } from './hub/fake-hub.js'

function written(t: TestContext, content: string): string {
  const file = join(emptyFolder(t), 'pairs.csv')
  writeFileSync(file, content)
  return file
}

const pair = (first: string, second: string, score: number) => ({ first, second, score })

const semrelFile = [
  'PairID,Text,Score',
  'a,"One line.\nAnother, with a comma.",0.75',
  'b,"A ""quoted"" word\tand a tab",1',
  'c,Tab without quotes\tहिन्दी,0.0',
  'd,"Both:\ta tab in a sentence\nand a line break", .5 ',
  'e,"Windows\r\nline",1e-1',
  '',
].join('\n')

test('SemRel: a line break or a tab is between two sentences', async t => {
  assert.deepEqual(await readPairs(tasks.semrel, written(t, semrelFile)), [
    pair('One line.', 'Another, with a comma.', 0.75),
    pair('A "quoted" word', 'and a tab', 1),
    pair('Tab without quotes', 'हिन्दी', 0),
    pair('Both:\ta tab in a sentence', 'and a line break', 0.5),
    pair('Windows', 'line', 0.1),
  ])
})

test('STS: three columns and no header', async t => {
  const file = written(t, 'A man sings.,"A man, singing.",4.8\n"Say ""hi""",Nothing,0\n ends with blanks , x,5.000\n')
  const pairs = [
    pair('A man sings.', 'A man, singing.', 4.8),
    pair('Say "hi"', 'Nothing', 0),
    pair(' ends with blanks ', ' x', 5),
  ]
  assert.deepEqual(await readPairs(tasks.sts, file), pairs)
  assert.deepEqual(await readPairs(tasks.sts, file, { limit: 2 }), pairs.slice(0, 2))
})

const good = { semrel: 'PairID,Text,Score\nx,a\tb,0.5\n', sts: 'a,b,5\n' }

const refused: [what: string, task: TaskId, row: string, message: string][] = [
  ['one sentence', 'semrel', 'y,no separator,1', 'column Text: nothing is between the two sentences'],
  ['nothing', 'semrel', 'y,,1', 'column Text: nothing is between the two sentences'],
  ['three lines', 'semrel', 'y,"a\nb\nc",1', 'column Text: line breaks or tabs make 3 parts'],
  ['an empty line between', 'semrel', 'y,"a\n\nb",1', 'column Text: line breaks or tabs make 3 parts'],
  ['three parts by tabs', 'semrel', 'y,"a\tb\tc",1', 'column Text: line breaks or tabs make 3 parts'],
  ['a blank first sentence', 'semrel', 'y,"\nb",1', 'column Text: a sentence is blank'],
  ['a blank second sentence', 'semrel', 'y,"a\t ",1', 'column Text: a sentence is blank'],
  [
    'a score above the scale',
    'semrel',
    'y,"a\tb",1.01',
    "column Score: the score is '1.01' but must be a number from 0 to 1",
  ],
  ['a score below it', 'semrel', 'y,"a\tb",-0.1', "column Score: the score is '-0.1'"],
  ['no score', 'semrel', 'y,"a\tb",', "column Score: the score is ''"],
  ['NaN', 'semrel', 'y,"a\tb",NaN', "column Score: the score is 'NaN'"],
  ['a hexadecimal score', 'semrel', 'y,"a\tb",0x1', "column Score: the score is '0x1'"],
  ['a word for a score', 'sts', 'a,b,high', "column score: the score is 'high' but must be a number from 0 to 5"],
  ['a score above the scale', 'sts', 'a,b,5.1', "column score: the score is '5.1'"],
  ['a blank first sentence', 'sts', ' ,b,5', 'column sentence1: a sentence is blank'],
  ['a blank second sentence', 'sts', 'a,"",5', 'column sentence2: a sentence is blank'],
]

for (const [what, task, row, message] of refused)
  test(`${task}: a row with ${what} is refused`, async t => {
    const file = written(t, `${good[task]}${row}\n`)
    await throws(() => readPairs(tasks[task], file), 'ERR_MALFORMED_FILE', `${file}: row 1, ${message}`)
  })

test('another task’s file is refused', async t => {
  await throws(() => readPairs(tasks.semrel, written(t, good.sts)), 'ERR_MALFORMED_FILE', "has no column 'Text'")
  await throws(
    () => readPairs(tasks.sts, written(t, 'a,b\n')),
    'ERR_MALFORMED_FILE',
    'line 1: the row that ends here has 2 fields, but there are 3 columns (sentence1, sentence2, score)',
  )
  await throws(() => readPairs(tasks.sts, written(t, semrelFile)), 'ERR_MALFORMED_FILE', "the score is 'Score'")
})

test('word overlap is twice the common words over all, by set', () => {
  const overlap = (first: string, second: string) => wordOverlap([{ first, second }])[0]
  assert.equal(overlap('a b c', 'b c d e'), 4 / 7)
  // Each word counts once, however often it stands there.
  assert.equal(overlap('a a a b', 'a  c\u00a0c'), 0.5)
  // Case and punctuation as they are, which the published numbers want.
  assert.equal(overlap('The end.', 'the end'), 0)
  assert.equal(overlap(' same words ', 'words\tsame'), 1)
  assert.equal(overlap('', ' '), 0)
  assert.equal(wordOverlap([]).length, 0)
})
