// Real GGUF files: ids of texts, logits and greedy text are transformers', on the weights dequantised to f32.
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Decoder } from 'xling'
import { Golden } from '../golden/safetensors.js'
import { prompts } from './prompts.js'
import { runScript, scratch } from './python.js'

const scripts = fileURLToPath(new URL('./test/real/', import.meta.resolve('xling/package.json')))

// Sums in another order err otherwise, and by about as much: eight times what transformers' own f32 errs by.
const tolerances = 8

const newTokens = 32

/** @returns a line that says what was found */
export async function compareLogits(name: string): Promise<string> {
  const models = join(scratch, 'models')
  await mkdir(models, { recursive: true })
  await runScript(join(scripts, 'put_weights.py'), [models])
  await using decoder = await Decoder.load(join(models, name), { device: 'cpu' })
  const rows = prompts.map(text => ({ text, ids: decoder.tokenizer.encode(text), continued: Int32Array.of() }))
  const greedy = { temperature: 0, maxNewTokens: newTokens }
  for await (const { index, ids } of decoder.generate(prompts, greedy))
    Object.assign(rows[index] ?? {}, { continued: ids })
  const [asked, answered] = [join(scratch, `${name}.prompts.json`), join(scratch, `${name}.reference.safetensors`)]
  const listed = rows.map(({ text, ids, continued }) => ({ text, ids: [...ids], continued: [...continued] }))
  await writeFile(asked, JSON.stringify(listed))
  await runScript(join(scripts, 'reference_logits.py'), [join(models, name), asked, answered])
  const reference = await Golden.openFile(answered)
  const tolerance = tolerances * (reference.read('error', 'F32')[0] ?? 0)
  let [worst, decided, tokens, decidedTokens] = [0, 0, 0, 0]
  for (const [i, { text, ids, continued }] of rows.entries()) {
    const plain = decoder.tokenizer.encode(text, { addSpecial: false })
    assert.deepEqual([...plain], [...reference.read(`text.${i}`, 'I32')], `${name}: ids of '${text}'`)
    assert.equal(decoder.tokenizer.decode(plain), text, `${name}: text of the ids`)
    const [ours, theirs] = [await decoder.logits(ids), reference.read(`logits.${i}`, 'F32')]
    assert.equal(ours.length, theirs.length)
    worst = ours.reduce((most, value, id) => Math.max(most, Math.abs(value - (theirs[id] ?? Number.NaN))), worst)
    assert.ok(worst <= tolerance, `${name}: '${text}': a logit is off by ${worst}, more than ${tolerance}`)
    const [next, gap] = [reference.read(`next.${i}`, 'I32'), reference.read(`gap.${i}`, 'F32')]
    for (const [at, id] of continued.entries()) {
      tokens += 1
      if ((gap[at] ?? 0) <= 2 * tolerance) continue
      decidedTokens += 1
      assert.equal(id, next[at], `${name}: '${text}': greedy token ${at}`)
    }
    const [first, second] = firstTwo(theirs)
    if ((theirs[first] ?? 0) - (theirs[second] ?? 0) <= 2 * tolerance) continue
    decided += 1
    assert.equal(firstTwo(ours)[0], first, `${name}: '${text}': the next token`)
  }
  return (
    `${rows.length} prompts: ids equal; logits off by ${worst.toExponential(1)} at most (tolerance ` +
    `${tolerance.toExponential(1)}); the next token equal in all ${decided} where it is decided; of ${tokens} greedy ` +
    `tokens all ${decidedTokens} that are decided equal (${decoder.device.isa})`
  )
}

function firstTwo(logits: Float32Array): [number, number] {
  let [first, second] = [0, -1]
  for (let id = 1; id < logits.length; id += 1) {
    const value = logits[id] ?? 0
    if (value > (logits[first] ?? 0)) [first, second] = [id, first]
    else if (second < 0 || value > (logits[second] ?? 0)) second = id
  }
  return [first, second]
}
