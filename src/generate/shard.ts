// A part of the sentences, for one of several processes.
import { XlingError } from '../binding/errors.js'

/** The `index`-th of `count`; `index` counts from 1. */
export interface Shard {
  readonly index: number
  readonly count: number
}

export const wholeShard: Shard = { index: 1, count: 1 }

/**
 * `i/n`: the i-th of n, from 1.
 * @throws XlingError `ERR_INVALID_ARGUMENT`
 */
export function parseShard(where: string, text: unknown): Shard {
  const [, index, count] = (typeof text === 'string' && /^(\d{1,7})\/(\d{1,7})$/.exec(text)) || []
  if (index !== undefined && Number(index) >= 1 && Number(index) <= Number(count))
    return { index: Number(index), count: Number(count) }
  throw new XlingError(
    'ERR_INVALID_ARGUMENT',
    `${where} is ${JSON.stringify(text)} but must be i/n, the i-th of n parts, as '1/4'`,
  )
}

/** Who starts several processes tells each its number, from 0, and how many there are. */
const launchers: readonly (readonly [launcher: string, rank: string, size: string])[] = [
  ['torchrun', 'RANK', 'WORLD_SIZE'],
  ['Open MPI', 'OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE'],
  ['MPI', 'PMI_RANK', 'PMI_SIZE'],
  ['Slurm', 'SLURM_PROCID', 'SLURM_NTASKS'],
]

/**
 * The part that this process was started for; undefined where nobody started several. Slurm comes last: what it starts
 * may be a launcher of its own.
 * @throws XlingError `ERR_INVALID_ARGUMENT` for variables that contradict themselves
 */
export function shardOfEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): (Shard & { readonly launcher: string }) | undefined {
  for (const [launcher, rankName, sizeName] of launchers) {
    const [rank, size] = [environment[rankName], environment[sizeName]]
    if (rank === undefined || size === undefined || size === '1') continue
    const shard = { index: Number(rank) + 1, count: Number(size) }
    if (/^\d{1,7}$/.test(rank) && /^\d{1,7}$/.test(size) && shard.index <= shard.count) return { ...shard, launcher }
    throw new XlingError(
      'ERR_INVALID_ARGUMENT',
      `${rankName} is '${rank}' and ${sizeName} '${size}', which is no process of several; give --shard i/n`,
    )
  }
  return undefined
}

/** Every n-th: parts of one data set are alike, also where it is sorted. */
export function rowsOfShard<Row>(rows: readonly Row[], { index, count }: Shard): Row[] {
  return rows.filter((_, i) => i % count === index - 1)
}
