import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { unseen, writeData } from '#xling/quickstart/data'
import { writeHeldOut } from '#xling/quickstart/scoring'

const root = new URL('../../../', import.meta.url)
const examples = [...readFileSync(new URL('README.md', root), 'utf8').matchAll(/```ts\n(.*?)```/gs)].map(
  match => match[1],
)

test('the README has examples', () => assert.ok(examples.length > 0))

for (const [index, example] of examples.entries())
  test(`example ${index + 1} of the README runs and prints`, async t => {
    // Within the package, so that its name is found; what the example writes goes with the folder.
    const cwd = mkdtempSync(fileURLToPath(new URL('build/readme-', root)))
    t.after(() => rmSync(cwd, { recursive: true }))
    mkdirSync(join(cwd, 'node_modules'))
    symlinkSync(fileURLToPath(root), join(cwd, 'node_modules/xling'))
    await writeQuickData(join(cwd, 'quick'))
    const child = spawnSync(process.execPath, ['--input-type=module', '--eval', `${example}`], {
      cwd,
      encoding: 'utf8',
    })
    assert.equal(child.status, 0, child.stderr)
    assert.match(child.stdout, /Float32Array/)
  })

test('the examples are what a strict TypeScript takes', t => {
  const cwd = mkdtempSync(fileURLToPath(new URL('build/readme-', root)))
  t.after(() => rmSync(cwd, { recursive: true }))
  const files = examples.map((example, index) => {
    const file = join(cwd, `example-${index + 1}.mts`)
    writeFileSync(file, `${example}`)
    return file
  })
  const tsc = fileURLToPath(new URL('node_modules/typescript/bin/tsc', root))
  const options =
    '--ignoreConfig --noEmit --strict --exactOptionalPropertyTypes --module nodenext --target es2022 --types node'
  const child = spawnSync(process.execPath, [tsc, ...options.split(' '), ...files], { cwd, encoding: 'utf8' })
  assert.equal(child.status, 0, child.stdout)
})

/** As `xling quickstart --folder quick` leaves them, but fewer. */
async function writeQuickData(folder: string): Promise<void> {
  const sizes = { pairs: 160, sentences: 40, heldOut: 40 }
  const { told } = await writeData(folder, { sizes, seed: 1, permuted: false })
  await writeHeldOut(join(folder, 'within.csv'), unseen, { told, count: sizes.heldOut, seed: 1 })
}
