// The quickstart, smaller: what is gained, beside what each control gains.
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type QuickstartEvent, quickstart } from '#xling/quickstart/quickstart'
import { throws } from '../boundary/throws.js'

const sizes = { pairs: 400, sentences: 500, heldOut: 300 }

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'xling-quickstart-'))
  try {
    await body(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

const rowsOf = async (file: string) => (await readFile(file, 'utf8')).trimEnd().split('\n').slice(1)

test('a seed that is none is refused before anything is written, and an abort ends it', () =>
  inFolder(async folder => {
    for (const seed of [-1, 1.5, Number.NaN])
      await throws(() => quickstart({ folder, seed, sizes }), 'ERR_INVALID_ARGUMENT', `quickstart: seed is ${seed}`)
    assert.deepEqual(await readdir(folder), [])
    const controller = new AbortController()
    const reason = new Error('enough')
    const tell = (event: QuickstartEvent) => 'losses' in event && controller.abort(reason)
    const few = { pairs: 16, sentences: 4, heldOut: 4 }
    await assert.rejects(quickstart({ folder, seed: 1, sizes: few, tell, signal: controller.signal }), reason)
    assert.deepEqual((await readdir(folder)).includes('encoder'), false)
  }))

test('the encoder gains from triplets of a language that no adapter saw, and neither control does', () =>
  inFolder(async folder => {
    const events: QuickstartEvent[] = []
    const tell = (event: QuickstartEvent) => events.push(event)
    const { right, kept, within, across } = await quickstart({ folder, seed: 1, sizes, tell })
    const all = JSON.stringify({ right, kept, within, across })
    assert.ok(right.adapted > right.untuned + 0.3, all)
    for (const { before, after, shuffled } of [within, across]) {
      assert.ok(after > before + 0.1, all)
      assert.ok(after > shuffled + 0.1, all)
    }
    assert.ok(across.after > across.before + 0.4 && across.after > across.shuffled + 0.4, all)
    // English and the other language have no word in common, so counting them tells nothing.
    assert.equal(across.wordOverlap, undefined)
    assert.ok(within.wordOverlap !== undefined && within.after > within.wordOverlap, all)

    const shown = events.flatMap(event => ('triplets' in event ? event.triplets : []))
    assert.equal(shown.length, 10)
    for (const { gloss } of shown) assert.match(gloss, /^the \w+ .* the \w+/)
    const begun = events.flatMap(event => ('begins' in event ? [event.begins] : []))
    assert.deepEqual(begun, ['data', 'adapters', 'triplets', 'encoder', 'scores'])

    // What is asked in the tests was told nowhere, and no adapter sees a sentence of what it will be asked about.
    const [positives, negatives, sentences, ...tests] = await Promise.all(
      ['positives', 'negatives', 'sentences', 'within', 'across'].map(name => rowsOf(join(folder, `${name}.csv`))),
    )
    assert.deepEqual([positives?.length, negatives?.length, sentences?.length], [400, 400, 500])
    const known = new Set(sentences)
    const words = new Set([...known].flatMap(sentence => sentence.split(' ')))
    for (const row of [...(positives ?? []), ...(negatives ?? [])])
      assert.ok(
        !row
          .split(',')[0]
          ?.split(' ')
          .some(word => words.has(word)),
        row,
      )
    for (const row of tests.flat()) assert.ok(!known.has(row.replace(/^\d+,"|",.*$/g, '')), row)
    assert.ok((await readdir(folder)).includes('encoder'))
  }))

test('adapters that learnt from answers to other sentences bring no gain', () =>
  inFolder(async folder => {
    const { right, across } = await quickstart({ folder, seed: 1, sizes, permuted: true })
    const all = JSON.stringify({ right, across })
    assert.ok(right.adapted < 0.1, all)
    assert.ok(across.after < across.before + 0.2, all)
  }))
