// Specs against what transformers builds from the same config.json.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { architectureOf } from '#xling/model/architectures/index'
import type { DecoderSpec } from '#xling/model/decoder-spec'
import { goldenNames, readJson } from '../golden/decoder/golden-folder.js'

type WrittenSpec = Omit<DecoderSpec, 'ropes'> & { ropes: { frequencies: number[]; scale: number }[] }

// torch has a power, a reciprocal and a division in f32, of half an ulp each, where ours is rounded once. In the mixed
// band of llama3 its f32 also cancels: `turns - low` has the absolute error of `turns`, some ulp of what is left.
const ulpsAllowed = (config: object) => (JSON.stringify(config).includes('"llama3"') ? 4 : 2)

// f32 of one sign are ordered as their bits are.
function ulpsApart(a: Float32Array, b: Float32Array): number {
  const [x, y] = [new Int32Array(a.buffer), new Int32Array(b.buffer)]
  return Math.max(...x.map((bits, i) => Math.abs(bits - (y[i] ?? 0))))
}

function assertSpec(config: object, want: WrittenSpec, what: string): void {
  const got = architectureOf(config).spec(config)
  assert.equal(got.ropes.length, want.ropes.length, `${what}: ropes`)
  for (const [i, { frequencies, scale }] of got.ropes.entries()) {
    const wanted = Float32Array.from(want.ropes[i]?.frequencies ?? [])
    assert.equal(frequencies.length, wanted.length, `${what}: frequencies of rope ${i}`)
    const apart = ulpsApart(frequencies, wanted)
    assert.ok(apart <= ulpsAllowed(config), `${what}: rope ${i} is ${apart} ulp away`)
    assert.equal(scale, want.ropes[i]?.scale, `${what}: scale of rope ${i}`)
  }
  // Python's powers may round the last bit of an f64 another way.
  const rounded = (spec: object) =>
    Object.fromEntries(
      Object.entries(spec)
        .filter(([key]) => key !== 'ropes')
        .map(([key, value]) => [key, typeof value === 'number' ? Number(value.toPrecision(15)) : value]),
    )
  assert.deepEqual(rounded(got), rounded(want), what)
}

test("the goldens' specs are those of transformers' modules", async () => {
  const names = await goldenNames()
  for (const name of names)
    assertSpec(await readJson<object>(`${name}/config.json`), await readJson<WrittenSpec>(`${name}/spec.json`), name)
  for (const family of ['llama', 'gemma3', 'gemma3-multimodal'])
    assert.ok(
      names.some(name => name.startsWith(family)),
      `no golden of ${family}`,
    )
})

test('published and odd config.json files mean what they mean to transformers', async t => {
  const forms = await readJson<{ name: string; config: object; spec: WrittenSpec }[]>('forms.json')
  assert.ok(forms.length > 0)
  for (const { name, config, spec } of forms) await t.test(name, () => assertSpec(config, spec, name))
})

test('the golden of llama3 scaling has frequencies that stay, that are mixed and that are slowed', async () => {
  const config = await readJson<{ rope_parameters: { rope_theta: number; factor: number } }>('llama-f32/config.json')
  const { rope_theta: theta, factor } = config.rope_parameters
  const [rope] = architectureOf(config).spec(config).ropes
  const kept = [...(rope?.frequencies ?? [])].map((f, i, { length }) => f * theta ** (i / length))
  const bands = kept.map(k => (k > 0.999 ? 'stays' : k < 1.001 / factor ? 'slowed' : 'mixed'))
  assert.deepEqual([...new Set(bands)], ['stays', 'mixed', 'slowed'])
})

test('a Llama looks neither at sliding_window nor at the dtype of its weights', () => {
  const config = { model_type: 'llama', num_hidden_layers: 2 }
  const spec = architectureOf(config).spec(config)
  for (const more of [{ sliding_window: 4 }, { sliding_window: null }, { torch_dtype: 'bfloat16' }, { dtype: 'f7' }])
    assert.deepEqual(architectureOf(config).spec({ ...config, ...more }), spec)
})

test('a null window is one that is switched off, for the local layers of Gemma 3 too', () => {
  const config = { model_type: 'gemma3_text', num_hidden_layers: 2, sliding_window_pattern: 2 }
  const layers = (more: object) => architectureOf(config).spec({ ...config, ...more }).layers
  assert.deepEqual(layers({ sliding_window: 7 }), [
    { window: 7, rope: 1 },
    { window: 0, rope: 0 },
  ])
  assert.deepEqual(layers({ sliding_window: null }), [
    { window: 0, rope: 1 },
    { window: 0, rope: 0 },
  ])
})

test("the old key 'type' of a rope scaling counts for Gemma 3 as for Llama", () => {
  // transformers 5 reads it for Llama; for Gemma 3 it puts a default rope_type before it, which loses the scaling.
  const config = { model_type: 'gemma3_text', layer_types: ['full_attention'], num_hidden_layers: 1, rope_theta: 100 }
  const first = (more: object) => architectureOf(config).spec({ ...config, ...more }).ropes[0]?.frequencies[0]
  assert.equal(first({}), 1)
  assert.equal(first({ rope_scaling: { type: 'linear', factor: 4 } }), 0.25)
})
