// What is drawn on a terminal.
import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import type { RunEvent } from 'xling'
import { drawsOn } from '#xling/cli/progress/bar-line'
import { CountBar } from '#xling/cli/progress/count-bar'
import { StepBar } from '#xling/cli/progress/step-bar'

/** A terminal that keeps what is written to it. */
class Terminal extends Writable {
  readonly isTTY = true
  readonly columns = 90
  text = ''

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk
    done()
  }

  /** Its last line, as it is seen: what was cleared is not, and what is drawn from the left covers what was there. */
  get lastLine(): string {
    const line = this.text.split('\n').at(-1) ?? ''
    const drawn = line.split('\u001b[2K').at(-1)?.split('\u001b[1G').at(-1) ?? ''
    return stripVTControlCharacters(drawn)
  }
}

const terminal = () => new Terminal() as Terminal & NodeJS.WriteStream

const step = (number: number, more: object = {}): RunEvent => ({
  kind: 'step',
  stage: 'adapt/up',
  event: {
    ...{ step: number, steps: 4, epoch: number / 2, losses: { sft: 1.5 }, gradNorm: 1, lr: 5e-5 },
    ...{ rows: 64, tokens: 900, seconds: 0.1, data: { rows: 3200, skipped: 0 }, ...more },
  },
})

test('a bar has the share, the steps, the loss, the rate, and the time that is left', () => {
  const stream = terminal()
  using bar = new StepBar(stream)
  bar.show({ kind: 'began', stage: 'adapt/up', resumed: false })
  assert.equal(stream.text, '')
  bar.show(step(1))
  assert.match(stream.lastLine, /^adapt\/up \[======------------------\] 25% 1\/4, sft 1\.5000, [\d.]+ rows\/s/)
  assert.ok(stream.lastLine.length <= 90, stream.lastLine)
  bar.clear()
  assert.equal(stream.lastLine, '')
  // What is gone stays so, and a second time nothing is written.
  const { text } = stream
  bar.clear()
  assert.equal(stream.text, text)
})

test('an evaluation is a line above the bar', () => {
  const stream = terminal()
  using bar = new StepBar(stream)
  bar.show({ kind: 'began', stage: 'adapt/up', resumed: true })
  bar.show(step(1))
  bar.show(step(2, { evaluation: { loss: 0.25 }, best: true }))
  const lines = stream.text.split('\n')
  assert.equal(lines.length, 2)
  assert.ok(lines[0]?.endsWith('adapt/up: step 2 of 4, loss 0.2500, best so far'), lines[0])
  assert.match(stream.lastLine, /^adapt\/up \[============------------\] 50% 2\/4, /)
})

test('a synthesis is drawn by its sentences', () => {
  const stream = terminal()
  using bar = new StepBar(stream)
  const sentence = (done: number, kept: number, resumed = false): RunEvent => ({
    kind: 'sentence',
    stage: 'synthesize',
    event: { done, sentences: 4, kept, triplet: undefined, refused: 'echo', resumed },
  })
  bar.show({ kind: 'began', stage: 'synthesize', resumed: true })
  // What was written before tells nothing of how long the rest will take.
  bar.show(sentence(1, 1, true))
  assert.match(stream.lastLine, /^synthesize \[======------------------\] 25% 1\/4, 1 kept, 0\.0 rows\/s, …/)
  bar.clear()
  bar.show(sentence(2, 1))
  assert.match(stream.lastLine, /^synthesize \[============------------\] 50% 2\/4, 1 kept, [\d.]+ rows\/s, 0:00 left/)
})

test('what is counted is drawn until it is over', () => {
  const stream = terminal()
  {
    using bar = new CountBar(stream, 'sentences', 200)
    assert.match(stream.lastLine, /^\[-{24}\] 0% 0\/200 sentences$/)
    bar.add(50)
  }
  assert.equal(stream.lastLine, '')
  assert.match(stream.text, /25% 50\/200 sentences, [\d.]+\/s, 0:00 left/)
})

test('nothing is drawn where nobody sees it, or wants it', () => {
  assert.equal(drawsOn({ isTTY: true }, {}), true)
  assert.equal(drawsOn({ isTTY: true }, { NO_COLOR: '', TERM: 'xterm' }), true)
  assert.equal(drawsOn({ isTTY: true }, { NO_COLOR: '1' }), false)
  assert.equal(drawsOn({ isTTY: true }, { TERM: 'dumb' }), false)
  assert.equal(drawsOn({ isTTY: false }, {}), false)
  assert.equal(drawsOn({}, {}), false)
  const stream = Object.assign(terminal(), { isTTY: false })
  new CountBar(stream as unknown as NodeJS.WriteStream, 'sentences', 2).add(1)
  assert.equal(stream.text, '')
})
