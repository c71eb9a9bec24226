import { Kernels } from '../../binding/kernels.js'
import { doctor } from './doctor.js'

/** `xling quickstart` */
export async function quickstart(): Promise<void> {
  console.log('1. What this machine offers (xling doctor)\n')
  await doctor({})

  console.log('\n2. One kernel: rms_norm of 2048 token vectors of width 640, 200 times\n')
  const { device, gigabytes, milliseconds } = await timeRmsNorm()
  console.log(`  ${milliseconds.toFixed(3)} ms each (median), ${gigabytes.toFixed(1)} GB/s on ${device}`)

  console.log(
    '\nThat is all that it shows yet. Decoders and encoders can be loaded, made and trained, take LoRA adapters, write\n' +
      'text and make vectors of sentences (README.md); the job as a whole is to come. docs/status.md says what works.',
  )
}

async function timeRmsNorm(): Promise<{ device: string; gigabytes: number; milliseconds: number }> {
  await using kernels = await Kernels.open()
  const shape = [2048, 640]
  const x = await kernels.tensor(shape, { data: Float32Array.from({ length: 2048 * 640 }, (_, i) => Math.sin(i)) })
  const weight = await kernels.tensor([640], { data: new Float32Array(640).fill(1) })
  const y = await kernels.tensor(shape)
  const { seconds, bytes } = await kernels.run('rms_norm', { x, weight, y }, { repeat: 200 })
  const median = seconds.sort()[100] ?? Number.NaN
  const { name, isa, threads } = kernels.device
  return { device: `${name} (${isa}, ${threads} threads)`, gigabytes: bytes / median / 1e9, milliseconds: median * 1e3 }
}
