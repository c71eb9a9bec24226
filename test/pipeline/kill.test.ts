// `xling run`, killed at random events and in the middle of writing, twice, and gone on with: its files are those of a run
// that nobody disturbed.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdirSync, watch } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { contentsOf, inRecipeFolder } from './recipe-folder.js'

const cli = join(dirname(fileURLToPath(import.meta.resolve('xling/package.json'))), 'dist/cli/main.js')

interface Ended {
  /** It told of. */
  events: number
  signal: NodeJS.Signals | null
  code: number | null
  stderr: string
}

/** @param kill is called with each event's number, and with each file that appears among checkpoints */
async function run(recipe: string, folder: string, kill: (what: { event: number } | { file: string }) => boolean) {
  const child = spawn(process.execPath, [cli, 'run', recipe, '--folder', folder, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const checkpoints = join(folder, 'train-encoder', 'checkpoints')
  mkdirSync(checkpoints, { recursive: true })
  const watcher = watch(checkpoints, (_, file) => file !== null && kill({ file }) && child.kill('SIGKILL'))
  let [events, stderr] = [0, '']
  child.stderr.setEncoding('utf8').on('data', text => {
    stderr += text
  })
  createInterface({ input: child.stdout }).on('line', () => {
    events += 1
    if (kill({ event: events })) child.kill('SIGKILL')
  })
  const ended = await new Promise<Ended>(resolve =>
    child.on('close', (code, signal) => resolve({ events, signal, code, stderr })),
  )
  watcher.close()
  return ended
}

const never = () => false

test('a run that is killed twice, at any event or in the middle of a write, comes to the same bytes', t =>
  inRecipeFolder(async folder => {
    const recipe = join(folder, 'recipe.yaml')
    const whole = await run(recipe, join(folder, 'whole'), never)
    assert.deepEqual([whole.code, whole.stderr], [0, ''])
    const wanted = await contentsOf(join(folder, 'whole'))
    // Near its end a run may be over before the signal comes; then there is nothing to go on with, and all the same to compare.
    let killed = 0
    const ended = ({ signal, code, stderr }: Ended, story: string) => {
      assert.ok(signal === 'SIGKILL' || code === 0, `${story}: ${code} ${signal} ${stderr}`)
      killed += signal === 'SIGKILL' ? 1 : 0
    }
    for (let trial = 0; trial < 5; trial += 1) {
      const place = join(folder, `killed-${trial}`)
      const at = [randomInt(1, whole.events - 8), randomInt(1, 8)]
      // In the last trial the second kill comes with the n-th file that is begun among the checkpoints.
      const files = trial === 4 ? randomInt(1, 6) : undefined
      const story = `killed at event ${at[0]}, then at ${files ? `file ${files}` : `event ${at[1]}`}`
      t.diagnostic(story)
      const first = await run(recipe, place, what => 'event' in what && what.event === at[0])
      ended(first, story)
      let begun = 0
      const second = await run(recipe, place, what => {
        if (files === undefined) return 'event' in what && what.event === at[1]
        if ('file' in what && what.file.endsWith('.tmp')) begun += 1
        return begun >= files
      })
      ended(second, story)
      const last = await run(recipe, place, never)
      assert.deepEqual([last.code, last.stderr], [0, ''], story)
      assert.deepEqual(await contentsOf(place), wanted, story)
    }
    assert.ok(killed >= 5, `${killed} of 10 kills came in time`)
  }))

test('Ctrl-C ends a run in order, and the same command goes on', () =>
  inRecipeFolder(async folder => {
    const recipe = join(folder, 'recipe.yaml')
    const place = join(folder, 'run')
    const child = spawn(process.execPath, [cli, 'run', recipe, '--folder', place, '--json'])
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', text => {
      stderr += text
    })
    createInterface({ input: child.stdout }).once('line', () => child.kill('SIGINT'))
    const code = await new Promise(resolve => child.on('close', resolve))
    assert.deepEqual([code, stderr], [130, 'xling: interrupted; the same command goes on from here\n'])
    await run(recipe, join(folder, 'whole'), never)
    assert.equal((await run(recipe, place, never)).code, 0)
    assert.deepEqual(await contentsOf(place), await contentsOf(join(folder, 'whole')))
  }))
