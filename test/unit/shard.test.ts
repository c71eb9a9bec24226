// Which part of the work is whose.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseShard, rowsOfShard, shardOfEnvironment } from '#xling/generate/shard'
import { throws } from '../boundary/throws.js'

test('parts are counted from 1, and what is no part is refused', async () => {
  assert.deepEqual(parseShard('--shard', '1/1'), { index: 1, count: 1 })
  assert.deepEqual(parseShard('--shard', '3/16'), { index: 3, count: 16 })
  for (const text of ['0/4', '5/4', '1/0', '1', '/4', '1/4/2', '-1/4', '1.5/4', ' 1/4', '', undefined, 7])
    await throws(() => parseShard('--shard', text), 'ERR_INVALID_ARGUMENT', `--shard is ${JSON.stringify(text)}`)
})

test('parts share out all rows, without overlap, as evenly as can be, and each all over the data', () => {
  for (const [rows, count] of [
    [10, 1],
    [10, 3],
    [2, 5],
    [0, 2],
  ] as const) {
    const all = Array.from({ length: rows }, (_, i) => i)
    const parts = Array.from({ length: count }, (_, i) => rowsOfShard(all, { index: i + 1, count }))
    assert.deepEqual(
      parts.flat().sort((a, b) => a - b),
      all,
    )
    const sizes = parts.map(part => part.length)
    assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1)
  }
  assert.deepEqual(rowsOfShard([0, 1, 2, 3, 4, 5, 6], { index: 2, count: 3 }), [1, 4])
})

test('whoever starts several processes tells each its part', async () => {
  const of = (environment: Record<string, string>) => shardOfEnvironment(environment)
  assert.equal(of({}), undefined)
  assert.deepEqual(of({ RANK: '0', WORLD_SIZE: '4' }), { index: 1, count: 4, launcher: 'torchrun' })
  assert.deepEqual(of({ OMPI_COMM_WORLD_RANK: '3', OMPI_COMM_WORLD_SIZE: '4' }), {
    ...{ index: 4, count: 4, launcher: 'Open MPI' },
  })
  assert.deepEqual(of({ PMI_RANK: '1', PMI_SIZE: '2' }), { index: 2, count: 2, launcher: 'MPI' })
  assert.deepEqual(of({ SLURM_PROCID: '9', SLURM_NTASKS: '10' }), { index: 10, count: 10, launcher: 'Slurm' })
  // Slurm may start one launcher per node, which starts the rest.
  assert.deepEqual(of({ SLURM_PROCID: '0', SLURM_NTASKS: '2', RANK: '5', WORLD_SIZE: '8' }), {
    ...{ index: 6, count: 8, launcher: 'torchrun' },
  })
  // One process is not several, and half of what a launcher says says nothing.
  assert.equal(of({ RANK: '0', WORLD_SIZE: '1' }), undefined)
  assert.equal(of({ RANK: '3' }), undefined)
  assert.equal(of({ SLURM_PROCID: '0', SLURM_NTASKS: '1' }), undefined)
  for (const [rank, size] of [
    ['4', '4'],
    ['-1', '4'],
    ['x', '4'],
    ['0', 'many'],
  ] as const)
    await throws(() => of({ RANK: rank, WORLD_SIZE: size }), 'ERR_INVALID_ARGUMENT', `RANK is '${rank}'`)
})
