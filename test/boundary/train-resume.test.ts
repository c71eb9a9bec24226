// A run that is left at any place, in any way, comes to what one in a single piece comes to.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Encoder, type Model, type TrainOptions, train } from 'xling'
import { throws } from './throws.js'
import { adapted, sftRows, told, triplets, withFolders } from './train-fixture.js'

const options: TrainOptions = {
  ...{ objective: 'sft', data: sftRows, epochs: 3, batchSize: 3, lr: 1e-2, schedule: 'cosine', seed: 2 },
}

type Adapted = Awaited<ReturnType<typeof adapted>>

/** A run that is evaluated after every second step, by a number that follows from the weights and has no order. */
function evaluatedRun({ llm, adapter }: Adapted, watch: Pick<TrainOptions, 'folder' | 'checkpointEvery' | 'signal'>) {
  const evaluate = async () => {
    const numbers = Object.values(await adapter.parameters()).flatMap(({ data }) => [...data])
    return { score: (1e4 * numbers.reduce((sum, value) => sum + value, 0)) % 1 }
  }
  return train(llm, { ...options, ...watch, adapter, evaluate, evaluateEvery: 2 })
}

async function stepsIn(folder: string): Promise<number[]> {
  return (await readdir(folder)).flatMap(name => /^checkpoint-(\d+)\.safetensors$/.exec(name)?.[1] ?? []).map(Number)
}

/** Leaves a run somewhere, and gives what it told until then. */
const ways: Record<string, (one: Adapted, folder: string) => Promise<object[]>> = {
  'by break': async (one, folder) => told(evaluatedRun(one, { folder, checkpointEvery: 4 }), 3),

  'by its signal': async (one, folder) => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const events: object[] = []
    try {
      for await (const { seconds: _, ...event } of evaluatedRun(one, { folder, signal: controller.signal })) {
        events.push(event)
        if (event.step === 5) setImmediate(() => controller.abort(reason))
      }
      assert.fail('it went on')
    } catch (error) {
      assert.equal(error, reason)
    }
    return events
  },

  'by an evaluation that throws': async (one, folder) => {
    const events: object[] = []
    const parameters = one.adapter.parameters.bind(one.adapter)
    let asked = 0
    one.adapter.parameters = () => {
      asked += 1
      if (asked === 2) throw new Error('out of order')
      return parameters()
    }
    const run = async () => {
      for await (const { seconds: _, ...event } of evaluatedRun(one, { folder, checkpointEvery: 100 }))
        events.push(event)
    }
    await assert.rejects(run(), { message: 'out of order' })
    // The step was done, and is not lost; it is yet to be judged and told of.
    assert.equal(events.length, 3)
    assert.deepEqual(await stepsIn(folder), [4])
    return events
  },
}

for (const [way, leave] of Object.entries(ways))
  test(`a run that is left ${way} goes on, and has the events and weights of a whole one`, () =>
    withFolders(async ({ decoder, run: folder }) => {
      await using whole = await adapted(decoder)
      const wanted = await told(evaluatedRun(whole, {}))
      const weights = await whole.adapter.parameters()
      assert.equal(wanted.length, 12)

      await using first = await adapted(decoder)
      const events = await leave(first, folder)
      assert.ok(events.length < 12)
      await using second = await adapted(decoder)
      assert.deepEqual([...events, ...(await told(evaluatedRun(second, { folder })))], wanted)
      assert.deepEqual(await second.adapter.parameters(), weights)

      // Of a run that is over there is nothing more to do, but its weights are there.
      await using third = await adapted(decoder)
      assert.deepEqual(await told(evaluatedRun(third, { folder })), [])
      assert.deepEqual(await third.adapter.parameters(), weights)
      const best = wanted.findLast(event => event.best)?.step
      assert.deepEqual((await readdir(folder)).sort(), [`best-${best}.safetensors`, 'checkpoint-12.safetensors'])
    }))

test('a whole encoder goes on, too, after every single step', () =>
  withFolders(async ({ encoder, run: folder }) => {
    const how = { objective: 'contrastive', data: triplets, epochs: 2, batchSize: 4, lr: 1e-3, seed: 7 } as const
    await using one = await Encoder.load(encoder)
    const whole = await told(train(one, how))
    const events: object[] = []
    for (let piece = 0; piece < 6; piece += 1) {
      await using again = await Encoder.load(encoder)
      events.push(...(await told(train(again, { ...how, folder }), 1)))
      if (piece === 5) assert.deepEqual(await again.parameters(), await one.parameters())
    }
    assert.deepEqual(events, whole)
  }))

test('what is kept is of this run and this xling, or nothing is touched', () =>
  withFolders(async ({ decoder, run: folder }) => {
    await using one = await adapted(decoder)
    const how = { ...options, folder, adapter: one.adapter }
    await told(train(one.llm, { ...how, checkpointEvery: 1 }), 4)
    const file = join(folder, 'checkpoint-4.safetensors')
    const bytes = await readFile(file)
    const before = await one.adapter.parameters()
    const refuses = (change: object, text: string) =>
      throws(() => told(train(one.llm, { ...how, ...change })), 'ERR_RUN_MISMATCH', text)
    await refuses({ lr: 2e-2 }, `${file} is of another run: lr was 0.01 and is 0.02`)
    await refuses({ seed: 3, epochs: 4 }, 'epochs was 3 and is 4, seed was 2 and is 3')
    await refuses({ data: sftRows.slice(1) }, 'data was ')
    await refuses({ noDecay: /a/ }, "noDecay was missing and is '/a/'")
    await refuses({ evaluate: async () => ({ x: 1 }) }, 'evaluate was missing and is true')
    const wider = one.llm.addAdapter('wider', { rank: 5 })
    await refuses({ adapter: wider }, 'adapter.rank was 4 and is 5')
    // Where it goes, and how often it is kept, makes no other run of it.
    assert.equal((await told(train(one.llm, { ...how, checkpointEvery: 3 }), 1)).at(0)?.step, 5)

    const state = (change: (text: string) => string) => withState(bytes, change)
    const broken: [Buffer, Parameters<typeof throws>[1], string][] = [
      [state(() => 'x'), 'ERR_MALFORMED_FILE', 'is not JSON'],
      [state(text => text.replace('"version":1', '"version":2')), 'ERR_MALFORMED_FILE', 'this version of xling'],
      [state(text => text.replace('"step":4', '"step":"4"')), 'ERR_MALFORMED_FILE', 'this version of xling'],
      [bytes.subarray(0, -3), 'ERR_MALFORMED_FILE', 'checkpoint-9'],
    ]
    for (const [content, code, text] of broken) {
      await writeFile(join(folder, 'checkpoint-9.safetensors'), content)
      const values = await one.adapter.parameters()
      await throws(() => told(train(one.llm, how)), code, text)
      assert.deepEqual(await one.adapter.parameters(), values)
    }
    assert.notDeepEqual(await one.adapter.parameters(), before)

    // Fresh is as if the folder had been empty; what else is in it stays.
    await writeFile(join(folder, 'notes.txt'), 'mine')
    await using two = await adapted(decoder)
    await using three = await adapted(decoder)
    const anew = await told(train(two.llm, { ...how, adapter: two.adapter, fresh: true }))
    assert.deepEqual(anew, await told(train(three.llm, { ...options, adapter: three.adapter })))
    assert.deepEqual((await readdir(folder)).sort(), ['checkpoint-12.safetensors', 'notes.txt'])
  }))

/** A checkpoint with another state beside its weights. */
function withState(bytes: Buffer, change: (state: string) => string): Buffer {
  const length = Number(bytes.readBigUInt64LE(0))
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as { __metadata__: { state: string } }
  header.__metadata__.state = change(header.__metadata__.state)
  const text = Buffer.from(JSON.stringify(header))
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([prefix, text, bytes.subarray(8 + length)])
}

test('a run that goes on with other instructions says so', () =>
  withFolders(async ({ decoder, run: folder }) => {
    await using one = await adapted(decoder)
    const how = { ...options, folder, adapter: one.adapter }
    await told(train(one.llm, how), 2)
    const file = join(folder, 'checkpoint-2.safetensors')
    await writeFile(
      file,
      withState(await readFile(file), text => text.replace(/"isa":"\w+"/, '"isa":"other"')),
    )
    const warned = new Promise<Error>(resolve => process.once('warning', resolve))
    await told(train(one.llm, how), 1)
    const warning = await warned
    assert.equal((warning as NodeJS.ErrnoException).code, 'XLING_OTHER_ISA')
    assert.match(warning.message, new RegExp(`written on other and is taken up on ${one.llm.device.isa}`))
  }))

test('what a killed process left half-written is cleared away, and what a living one is writing is not', () =>
  withFolders(async ({ decoder, run: folder }) => {
    const { pid: gone } = spawnSync(process.execPath, ['-e', ''])
    await mkdir(folder)
    const [torn, ours] = [`.xling-${gone}-0.tmp`, `.xling-${process.pid}-99.tmp`]
    for (const name of [torn, ours]) await writeFile(join(folder, name), 'half')
    await using one = await adapted(decoder)
    await told(train(one.llm, { ...options, folder, adapter: one.adapter }), 1)
    assert.deepEqual((await readdir(folder)).sort(), [ours, 'checkpoint-1.safetensors'].sort())
  }))

test('a loss that is no number ends a run, with the weights of the step before kept', () =>
  withFolders(async ({ encoder, run: folder }) => {
    await using model: Model = await Encoder.load(encoder)
    const run = train(model, { objective: 'contrastive', data: triplets, epochs: 5, batchSize: 10, lr: 1e30, folder })
    await throws(() => told(run), 'ERR_NON_FINITE', 'the loss of step ')
    const [step = 0] = await stepsIn(folder)
    assert.ok(step >= 1)
  }))
