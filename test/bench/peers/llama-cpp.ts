// llama.cpp, as node-llama-cpp builds it; no dependency of ours, so it is found in somebody else's folder.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PeerAbsent, type PeerProgram } from './peer-process.js'

export const llamaCpp: PeerProgram = {
  locate() {
    const wanted = 'a folder whose node_modules has node-llama-cpp'
    const folder = process.env.XLING_BENCH_LLAMA
    if (!folder) throw new PeerAbsent(`set XLING_BENCH_LLAMA to ${wanted}`)
    try {
      const library = createRequire(join(folder, 'package.json')).resolve('node-llama-cpp')
      return [process.execPath, fileURLToPath(new URL('./llama-cpp-peer.js', import.meta.url)), library]
    } catch {
      throw new PeerAbsent(`XLING_BENCH_LLAMA is ${folder}; set it to ${wanted}`)
    }
  },
  environment: () => ({}),
}
