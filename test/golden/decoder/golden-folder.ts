// A decoder golden: a Hugging Face folder beside its spec and what transformers computes with it.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('./test/golden/decoder/', import.meta.resolve('xling/package.json')))

/** Of every case that make.py wrote. */
export async function goldenNames(): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true })
  return entries
    .filter(entry => entry.isDirectory() && !entry.name.startsWith('_'))
    .map(entry => entry.name)
    .sort()
}

/** @param path below test/golden/decoder */
export async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(join(root, path), 'utf8'))
}

/** The tensors of a case's model files, by the files' own headers. */
export async function tensorShapes(name: string): Promise<Map<string, number[]>> {
  const shapes = new Map<string, number[]>()
  for (const file of await readdir(join(root, name))) {
    if (!/^model.*\.safetensors$/.test(file)) continue
    const bytes = await readFile(join(root, name, file))
    const header: Record<string, { shape: number[] }> = JSON.parse(
      bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE(0))),
    )
    for (const [tensor, { shape }] of Object.entries(header)) if (tensor !== '__metadata__') shapes.set(tensor, shape)
  }
  return shapes
}
