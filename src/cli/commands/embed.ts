import { extname } from 'node:path'
import { Encoder } from '../../model/encoder.js'
import { interruptible } from '../interruption.js'
import { CountBar } from '../progress/count-bar.js'
import { readSentences } from '../read-sentences.js'
import type { EmbedOptions } from '../usage/embed.js'
import { vectorFormats } from '../vector-formats.js'
import { writePieces } from '../write-pieces.js'

/** Sentences whose vectors are held at once. */
const chunk = 1024

/** `xling embed` */
export async function embed(options: EmbedOptions): Promise<void> {
  const { model, data, output, adapter: folder, pooling, device, ...encoding } = options
  await interruptible(`${output} was not written`, async signal => {
    const { examples, skipped } = await readSentences(data, signal)
    await using encoder = await Encoder.load(model, {
      ...{ device, trainable: 'adapters', signal },
      ...(pooling && { pooling }),
    })
    const adapter = folder === undefined ? {} : { adapter: await encoder.loadAdapter(folder, { signal }) }
    const { dimension } = encoder
    // The flag was checked by the endings that there are.
    const format = vectorFormats[extname(output)]
    using bar = new CountBar(process.stderr, 'sentences', examples.length)
    async function* pieces() {
      yield format?.begin(examples.length, dimension) ?? ''
      for (let from = 0; from < examples.length; from += chunk) {
        const texts = examples.slice(from, from + chunk).map(({ text }) => text)
        const vectors = await encoder.encode(texts, { ...encoding, ...adapter, signal })
        yield format?.rows(texts, vectors, dimension) ?? ''
        bar.add(texts.length)
      }
    }
    await writePieces(output, pieces())
    bar.clear()
    if (skipped.length > 0) console.error(`xling: ${skipped.length} bad rows were left out`)
    console.log(`${output}: ${examples.length} vectors of ${dimension} numbers`)
  })
}
