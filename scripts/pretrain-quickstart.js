// Makes the models of `xling quickstart` from nothing, into quickstart/: npm run pretrain:quickstart
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { pretrainDecoder, pretrainEncoder } from '../dist/quickstart/pretraining/pretrain.js'

const root = fileURLToPath(new URL('../quickstart/', import.meta.url))
const courses = {
  decoder: [pretrainDecoder, { steps: 10_000, batchSize: 32, lr: 2e-3 }],
  encoder: [pretrainEncoder, { steps: 1500, batchSize: 64, lr: 1e-3 }],
}

for (const [name, [pretrain, course]] of Object.entries(courses)) {
  const folder = `${root}${name}`
  mkdirSync(folder, { recursive: true })
  const began = Date.now()
  const onLoss = (step, loss) =>
    console.log(
      `${name} ${step}/${course.steps}: loss ${loss.toFixed(3)}, ${Math.round((Date.now() - began) / 1000)} s`,
    )
  await pretrain(folder, { ...course, onLoss })
}
