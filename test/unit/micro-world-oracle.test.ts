// Who may know what the micro-world's sentences mean.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { importsOf } from './ladder/reader.js'

test('the oracle is asked by the scoring alone', () => {
  const root = dirname(fileURLToPath(import.meta.resolve('xling/package.json')))
  const folder = join(root, 'src')
  const users = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts') && !file.startsWith(join('quickstart', 'oracle')))
    .filter(file => importsOf(readFileSync(join(folder, file), 'utf8')).some(({ path }) => path?.includes('oracle/')))
  assert.deepEqual(
    users.map(file => relative('quickstart', file)),
    ['scoring.ts'],
  )
})
