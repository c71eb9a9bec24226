// The loss of answers that are not trained on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { heldOutLoss, train } from 'xling'
import { throws } from './throws.js'
import { adapted, sftRows, told, triplets, withFolders } from './train-fixture.js'

test('it is what a step without dropout learns from, whatever the lengths of its rows', () =>
  withFolders(async ({ decoder }) => {
    await using one = await adapted(decoder)
    const rows = [...sftRows, { sent0: 'koru nami', sent1: 'dog' }]
    const { loss } = await heldOutLoss(one.llm, { data: rows, adapter: one.adapter })
    const options = { objective: 'sft', data: rows, adapter: one.adapter, dropout: 0, batchSize: 11, lr: 0.05 } as const
    const events = await told(train(one.llm, { ...options, epochs: 6 }))
    // f32 sums of some thirty numbers in another order.
    assert.ok(Math.abs(loss - (events[0]?.losses.sft ?? Number.NaN)) < 1e-5 * loss)
    // It goes through the adapter, and learns nothing by itself.
    const after = await heldOutLoss(one.llm, { data: rows, adapter: one.adapter })
    assert.ok(after.loss < 0.8 * loss)
    assert.deepEqual(await heldOutLoss(one.llm, { data: rows, adapter: one.adapter }), after)
    const untouched = await heldOutLoss(one.llm, { data: rows })
    assert.ok(Math.abs(untouched.loss - loss) < 1e-6 * loss)
    const other = await heldOutLoss(one.llm, { data: rows.map(({ sent0, sent1 }) => ({ sent0, hard_neg: sent1 })) })
    assert.notEqual(other.loss, untouched.loss)
  }))

test('what cannot be scored is refused', () =>
  withFolders(async ({ decoder }) => {
    await using one = await adapted(decoder)
    const untyped = <T>(value: unknown) => value as T
    await throws(() => heldOutLoss(one.llm, untyped({ rows: [] })), 'ERR_UNKNOWN_OPTION', "no option 'rows'")
    await throws(() => heldOutLoss(one.llm, { data: triplets }), 'ERR_MALFORMED_FILE', 'heldOutLoss: data')
    await throws(() => heldOutLoss(one.llm, { data: sftRows, maxTokens: 5 }), 'ERR_PROMPT_TOO_LONG', 'row 0')
    const reason = new Error('no')
    await assert.rejects(
      heldOutLoss(one.llm, { data: sftRows, signal: AbortSignal.abort(reason) }),
      error => error === reason,
    )
  }))
