import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = new URL('../../../', import.meta.url)
const examples = [...readFileSync(new URL('README.md', root), 'utf8').matchAll(/```ts\n(.*?)```/gs)].map(
  match => match[1],
)

test('the README has examples', () => assert.ok(examples.length > 0))

for (const [index, example] of examples.entries())
  test(`example ${index + 1} of the README runs and prints`, t => {
    // Within the package, so that its name is found; what the example writes goes with the folder.
    const cwd = mkdtempSync(fileURLToPath(new URL('build/readme-', root)))
    t.after(() => rmSync(cwd, { recursive: true }))
    const child = spawnSync(process.execPath, ['--input-type=module', '--eval', `${example}`], {
      cwd,
      encoding: 'utf8',
    })
    assert.equal(child.status, 0, child.stderr)
    assert.match(child.stdout, /Float32Array/)
  })
