// Sums of adapters: the identities of their algebra.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Adapter, adapters, type Decoder } from 'xling'
import { deltaOf, deltaOfSum, ids, threeAdapters, withBase, withRandomFactors } from './adapted-base.js'
import { near } from './training-case.js'

// Factors are below 0.3, ranks add up to 12 and scales stay below 4: a sum of so many products, each factor of which was
// rounded to f32 (2⁻²⁴ of itself).
const rounding = 12 * 0.3 * 0.3 * 4 * 2 * 2 ** -24

async function sameDelta(got: ReadonlyMap<string, Float64Array>, want: ReadonlyMap<string, Float64Array>) {
  assert.deepEqual([...got.keys()].sort(), [...want.keys()].sort())
  for (const [module, delta] of want) near(got.get(module) ?? [], delta, rounding, module)
}

const threeOn = (body: (model: Decoder, three: [Adapter, Adapter, Adapter], folder: string) => Promise<void>) =>
  withBase(async (model, _, folder) => body(model, await threeAdapters(model), folder))

test('the sum adds what its terms add: other ranks, scales, signs and modules', () =>
  threeOn(async (model, [task, hausa, english]) => {
    const terms = [[task, 1] as const, [hausa, 0.5] as const, [english, -0.75] as const]
    const sum = adapters.compose(terms)
    assert.equal(sum.name, 'task + 0.5·hausa - 0.75·english')
    await sameDelta(await deltaOf(sum), await deltaOfSum(terms))
    assert.deepEqual([sum.config.rank, sum.config.alpha, sum.config.targets], [12, 12, 'all-linear'])
    const layer = 'base_model.model.model.layers.0'
    const shapes = Object.entries(await sum.parameters()).map(([name, { shape }]) => [name, shape[0]])
    const ranks = Object.fromEntries(shapes)
    // Of 3, 2 and 5; of 3 and 5; of 3 alone.
    assert.equal(ranks[`${layer}.self_attn.q_proj.lora_A.weight`], 10)
    assert.equal(ranks[`${layer}.mlp.down_proj.lora_A.weight`], 12)
    assert.equal(ranks[`${layer}.self_attn.o_proj.lora_A.weight`], 8)
    assert.equal(ranks[`${layer}.mlp.up_proj.lora_A.weight`], 3)
    assert.notDeepEqual(await model.logits(ids, { adapter: sum }), await model.logits(ids, { adapter: task }))
  }))

test('weight 1 is the adapter itself, -1 its opposite', () =>
  threeOn(async (model, three) => {
    for (const adapter of three) {
      const same = adapters.compose([[adapter, 1]], { name: 'same' })
      await sameDelta(await deltaOf(same), await deltaOf(adapter))
      // Logits are a few units; the same numbers in another order of rounding.
      near(await model.logits(ids, { adapter: same }), await model.logits(ids, { adapter }), 1e-5, 'logits')
      const opposite = adapters.compose([[adapter, -1]], { name: 'opposite' })
      await sameDelta(await deltaOf(opposite), await deltaOfSum([[adapter, -1]]))
      // What cancels leaves the model as it was.
      const nothing = adapters.compose([
        [same, 1],
        [opposite, 1],
      ])
      near(await model.logits(ids, { adapter: nothing }), await model.logits(ids), 1e-5, 'logits')
      for (const one of [same, opposite, nothing]) await one.dispose()
    }
  }))

test('(1, 0, 0) is the first, and λ = 0 leaves the task as it is, to the bit', () =>
  threeOn(async (_, [task, hausa, english]) => {
    const alone = await adapters.compose([[task, 1]], { name: 'alone' }).parameters()
    const first = adapters.compose(
      [
        [task, 1],
        [hausa, 0],
        [english, 0],
      ],
      { name: 'first' },
    )
    assert.deepEqual(await first.parameters(), alone)
    const lambda = 0
    const noOp = adapters.compose(
      [
        [task, 1],
        [hausa, lambda],
        [english, -lambda],
      ],
      { name: 'no-op' },
    )
    assert.deepEqual(await noOp.parameters(), alone)
  }))

test('weights that are all 0 give an adapter that adds nothing, to the bit', () =>
  threeOn(async (model, [task, hausa]) => {
    for (const rule of ['delta', 'factor-wise'] as const) {
      const none = adapters.compose(
        [
          [task, 0],
          [hausa, 0],
        ],
        { rule, name: rule },
      )
      assert.deepEqual(await model.logits(ids, { adapter: none }), await model.logits(ids))
    }
  }))

test('the order of terms, and terms within terms, change nothing but rounding', () =>
  threeOn(async (_, [task, hausa, english]) => {
    const difference = adapters.compose([
      [hausa, 1],
      [english, -1],
    ])
    const nested = adapters.compose([
      [difference, 0.5],
      [task, 1],
    ])
    await sameDelta(
      await deltaOf(nested),
      await deltaOfSum([
        [task, 1],
        [hausa, 0.5],
        [english, -0.5],
      ]),
    )
    const twice = adapters.compose([
      [task, 1],
      [task, 1],
    ])
    await sameDelta(await deltaOf(twice), await deltaOfSum([[task, 2]]))
  }))

test('a rank cuts what is above it, is exact where the sum has no more, and changes nothing beyond', () =>
  threeOn(async (_, [task, hausa]) => {
    const terms = [[task, 1] as const, [hausa, 0.5] as const]
    const whole = adapters.compose(terms, { name: 'whole' })
    const wide = adapters.compose(terms, { rank: 7, name: 'wide' })
    assert.deepEqual(await wide.parameters(), await whole.parameters())
    const cut = adapters.compose(terms, { rank: 4, name: 'cut' })
    assert.equal(cut.config.rank, 4)
    const [got, want, alone] = [await deltaOf(cut), await deltaOfSum(terms), await deltaOf(task)]
    const off = (a: Float64Array, b: Float64Array) => Math.hypot(...a.map((value, i) => value - (b[i] ?? 0)))
    for (const [module, delta] of want) {
      const near_ = off(got.get(module) ?? new Float64Array(), delta)
      // The task alone has rank 3, so the nearest of rank 4 is not farther than it.
      assert.ok(near_ <= off(alone.get(module) ?? new Float64Array(), delta) + rounding * delta.length, module)
    }
    // Twice the same has the rank of one.
    const doubled = adapters.compose(
      [
        [task, 1],
        [task, 1],
      ],
      { rank: 3, name: 'doubled' },
    )
    await sameDelta(await deltaOf(doubled), await deltaOfSum([[task, 2]]))
  }))

test('factor-wise, A and B are summed each by themselves, scales in B', () =>
  threeOn(async (model, [task]) => {
    const other = await withRandomFactors(model.addAdapter('other', { rank: 3, alpha: 9 }), 7)
    const terms = [[task, 1] as const, [other, -0.5] as const]
    const sum = adapters.compose(terms, { rule: 'factor-wise' })
    const [first, second] = [await task.parameters(), await other.parameters()]
    for (const [name, { data }] of Object.entries(await sum.parameters())) {
      const scale = (adapter: Adapter) => (name.includes('lora_B') ? adapter.config.alpha / adapter.config.rank : 1)
      const [a, b] = [first[name]?.data ?? [], second[name]?.data ?? []]
      near(
        data,
        Array.from(data, (_, i) => scale(task) * (a[i] ?? 0) - 0.5 * scale(other) * (b[i] ?? 0)),
        4 * 2 ** -24,
        name,
      )
    }
    // One adapter: weight 1 is itself, and weight w is w² times as strong.
    const one = adapters.compose([[task, 1]], { rule: 'factor-wise', name: 'one' })
    await sameDelta(await deltaOf(one), await deltaOf(task))
    const half = adapters.compose([[task, 0.5]], { rule: 'factor-wise', name: 'half' })
    await sameDelta(await deltaOf(half), await deltaOfSum([[task, 0.25]]))
  }))

test('a sum outlives its terms, is saved and loaded, and learns', () =>
  threeOn(async (model, [task, hausa], folder) => {
    const sum = adapters.compose([
      [task, 1],
      [hausa, 2],
    ])
    const before = await model.logits(ids, { adapter: sum })
    await Promise.all([task.dispose(), hausa.dispose()])
    assert.deepEqual(await model.logits(ids, { adapter: sum }), before)
    await sum.save(join(folder, 'sum'))
    const loaded = await model.loadAdapter(join(folder, 'sum'), { name: 'loaded' })
    assert.deepEqual(await loaded.parameters(), await sum.parameters())
    assert.deepEqual(await model.logits(ids, { adapter: loaded }), before)
    const batch = { ids, offsets: Int32Array.of(0, 20), labels: ids }
    const { loss } = await model.accumulate(batch, { objective: 'sft', adapter: sum })
    await model.step({ lr: 1e-3 })
    await model.zeroGrad()
    assert.ok((await model.accumulate(batch, { objective: 'sft', adapter: sum })).loss < loss)
  }))

test('terms are taken as they are when the call is made', () =>
  threeOn(async (_, [task]) => {
    const sum = adapters.compose([[task, 1]])
    const before = await deltaOf(task)
    await withRandomFactors(task, 9)
    await sameDelta(await deltaOf(sum), before)
    assert.notDeepEqual(await deltaOf(task), before)
  }))
