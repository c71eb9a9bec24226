// A recipe's paths, as they are meant: beside the recipe, wherever it is run from.
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Recipe } from './recipe.js'

type Adapt = NonNullable<Recipe['adapt']>
type TrainEncoder = NonNullable<Recipe['train-encoder']>
type Synthesize = NonNullable<Recipe['synthesize']>
type Compose = NonNullable<Recipe['compose']>
type Merge = NonNullable<Recipe['merge']>
type Sum = Merge['sum']
type Evaluate = NonNullable<Recipe['evaluate']>
type DataSource = NonNullable<TrainEncoder['data']>

/** The recipe with whole paths; addresses and ids of the hub stay. */
export async function resolvePaths(recipe: Recipe, folder: string): Promise<Recipe> {
  const { adapt, compose, merge, synthesize, 'train-encoder': trainEncoder, evaluate } = recipe
  const adapted = Object.keys(adapt?.adapters ?? {})
  const made = [...adapted, ...Object.keys(compose?.adapters ?? {})]
  return {
    ...recipe,
    ...(adapt && { adapt: await resolveAdapt(adapt, folder) }),
    ...(compose && { compose: await resolveCompose(compose, folder, adapted) }),
    ...(merge && { merge: await resolveMerge(merge, folder, made) }),
    ...(synthesize && { synthesize: await resolveSynthesize(synthesize, folder, made) }),
    ...(trainEncoder && { 'train-encoder': await resolveTrainEncoder(trainEncoder, folder) }),
    ...(evaluate && { evaluate: await resolveEvaluate(evaluate, folder) }),
  }
}

/** @param names of adapters that the recipe makes: no folders */
async function resolveSynthesize(
  { model, adapters, sentences, ...rest }: Synthesize,
  folder: string,
  names: readonly string[],
): Promise<Synthesize> {
  const adapter = (of: string) => resolveAdapter(of, folder, names)
  return {
    ...rest,
    ...(model !== undefined && { model: await resolveModel(model, folder) }),
    adapters: { positive: adapter(adapters.positive), negative: adapter(adapters.negative) },
    sentences: resolveData(sentences, folder),
  }
}

async function resolveCompose(compose: Compose, folder: string, names: readonly string[]): Promise<Compose> {
  const { model, adapters } = compose
  const resolved = Object.entries(adapters).map(([name, { sum, ...rest }]) => [
    name,
    { ...rest, sum: resolveSum(sum, folder, names) },
  ])
  return {
    ...(model !== undefined && { model: await resolveModel(model, folder) }),
    adapters: Object.fromEntries(resolved),
  }
}

async function resolveMerge({ model, sum, ...rest }: Merge, folder: string, names: readonly string[]): Promise<Merge> {
  return {
    ...rest,
    ...(model !== undefined && { model: await resolveModel(model, folder) }),
    sum: resolveSum(sum, folder, names),
  }
}

/** What two spellings of one folder have is added up. */
function resolveSum(sum: Sum, folder: string, names: readonly string[]): Sum {
  const resolved: Sum = {}
  for (const [of, weight] of Object.entries(sum)) {
    const adapter = resolveAdapter(of, folder, names)
    resolved[adapter] = (resolved[adapter] ?? 0) + weight
  }
  return resolved
}

/** @param names of adapters that the recipe makes: no folders */
const resolveAdapter = (of: string, folder: string, names: readonly string[]) =>
  names.includes(of) ? of : resolvePath(of, folder)

async function resolveEvaluate({ model, sets }: Evaluate, folder: string): Promise<Evaluate> {
  const resolved = Object.entries(sets).map(([name, set]) => [name, { ...set, data: resolvePath(set.data, folder) }])
  return {
    ...(model !== undefined && { model: await resolveModel(model, folder) }),
    sets: Object.fromEntries(resolved),
  }
}

async function resolveAdapt(adapt: Adapt, folder: string): Promise<Adapt> {
  const adapters = Object.entries(adapt.adapters).map(([name, adapter]) => [name, withData(adapter, folder)] as const)
  return { ...adapt, model: await resolveModel(adapt.model, folder), adapters: Object.fromEntries(adapters) }
}

async function resolveTrainEncoder(stage: TrainEncoder, folder: string): Promise<TrainEncoder> {
  return { ...withData(stage, folder), model: await resolveModel(stage.model, folder) }
}

/** What has data, and may have an evaluation on others. */
function withData<T extends { data?: DataSource; evaluate?: { data: DataSource } }>(given: T, folder: string): T {
  const { data, evaluate } = given
  return {
    ...given,
    ...(data !== undefined && { data: resolveData(data, folder) }),
    ...(evaluate && { evaluate: { ...evaluate, data: resolveData(evaluate.data, folder) } }),
  }
}

function resolveData(source: DataSource, folder: string): DataSource {
  if (typeof source !== 'string') return { ...source, path: resolvePath(source.path, folder) }
  return resolvePath(source, folder)
}

const resolvePath = (path: string, folder: string) => (/^(hf:\/\/|~\/)/.test(path) ? path : resolve(folder, path))

/** `owner/name` is a folder where there is one, and else an id of the hub; `~/` is the home folder. */
async function resolveModel(source: string, folder: string): Promise<string> {
  if (source.startsWith('~/')) return source
  const path = resolve(folder, source)
  const isPath = /^\.{1,2}(\/|$)|\.gguf$/i.test(source) || (await isFolder(path))
  return isPath ? path : source
}

const isFolder = (path: string) =>
  stat(path).then(
    found => found.isDirectory(),
    () => false,
  )
