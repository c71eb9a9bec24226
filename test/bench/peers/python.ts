// Peers that are scripts beside this file, run by the Python that XLING_BENCH_PYTHON names.
import { accessSync, constants } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { PeerAbsent, type PeerProgram } from './peer-process.js'

// From build/test/bench/peers/, where this runs, to the source.
const scripts = new URL('../../../../test/bench/peers/', import.meta.url)

// By default glibc hands a freed tensor's pages back, and most of a backward
// pass is then the kernel's zeroing of new ones: that would flatter us.
const keptMemory = {
  MALLOC_MMAP_THRESHOLD_: String(2 ** 25), // the largest that glibc takes
  MALLOC_TRIM_THRESHOLD_: String(2 ** 40),
}

/**
 * @param library what the script imports, for messages
 * @param options.keepsFreed whether the process keeps freed memory for later; default true
 */
export function pythonPeer(script: string, library: string, { keepsFreed = true } = {}): PeerProgram {
  return {
    locate() {
      const python = process.env.XLING_BENCH_PYTHON
      if (!python) throw new PeerAbsent(`set XLING_BENCH_PYTHON to a python with ${library}`)
      try {
        accessSync(python, constants.X_OK)
      } catch {
        throw new PeerAbsent(
          `XLING_BENCH_PYTHON is ${python}, which is not a program; set it to a python with ${library}`,
        )
      }
      return [python, fileURLToPath(new URL(script, scripts))]
    },
    environment: threads => ({
      // Read once, when torch is imported.
      OMP_NUM_THREADS: String(threads),
      MKL_NUM_THREADS: String(threads),
      ...(keepsFreed && keptMemory),
      PYTHONDONTWRITEBYTECODE: '1',
      HF_HUB_OFFLINE: '1',
      TRANSFORMERS_VERBOSITY: 'error',
      TQDM_DISABLE: '1', // progress bars
    }),
  }
}
