// Reads what make.py wrote.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type LinearModule, matchModules } from '#xling/adapter/adapted-modules'
import { type AdapterConfig, completeConfig } from '#xling/adapter/adapter-config'
import { peftConfig } from '#xling/adapter/peft-config'
import type { JsonObject } from '#xling/files/json-object'

/** What PEFT does with configurations; see make.py. */
export interface PeftGolden {
  modules: Record<string, [name: string, outputs: number, inputs: number][]>
  cases: PeftCase[]
  refused: Record<string, JsonObject>
}

export interface PeftCase {
  settings: AdapterConfig
  model: string
  config: JsonObject
  adapted: Record<string, [rank: number, scaling: number]>
  tensors: Record<string, number[]>
  written: JsonObject
}

export async function readPeftGolden(): Promise<PeftGolden> {
  const path = new URL('test/golden/peft/golden.json', import.meta.resolve('xling/package.json'))
  return JSON.parse(await readFile(fileURLToPath(path), 'utf8'))
}

/** The linear layers of a golden's model. */
export function modulesOf(golden: Pick<PeftGolden, 'modules'>, model: string): LinearModule[] {
  const modules = golden.modules[model] ?? []
  return modules.map(([name, outputs, inputs]) => ({ name, slot: `slot of ${name}`, outputs, inputs }))
}

/** The adapter_config.json that xling writes for a case. */
export function writtenOf(golden: Pick<PeftGolden, 'modules'>, { settings, model }: PeftCase): JsonObject {
  const modules = modulesOf(golden, model)
  const config = completeConfig('golden', settings)
  const { adapted } = matchModules(config, modules, problem => {
    throw new Error(problem)
  })
  return peftConfig({ config, adapted, modules, taskType: 'CAUSAL_LM' })
}
