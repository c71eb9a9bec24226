// The pages for people say what is so: recipes, commands, examples, links, codes and messages are checked against the source.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import { Command } from 'commander'
import { errorCodes } from '#xling/binding/errors'
import { listed } from '#xling/cli/listed-commands'
import { StageForm } from '#xling/cli/stage-form'
import { parseRecipe } from '#xling/pipeline/recipe/read-recipe'
import { anchorsOf, blocksOf, linksOf, messagesOf, pageAt, pages, root } from './docs/pages.js'
import { xlingCommandsIn } from './docs/shell.js'
import { constantParts, sourceText } from './docs/source-text.js'
import { wholeRecipe } from './docs/whole-recipe.js'

const stagePages = ['docs/adapt.md', 'docs/synthesize.md', 'docs/train-encoder.md', 'docs/evaluate.md']

test('every recipe of a page is one', () => {
  const blocks = pages.flatMap(page => blocksOf(page, 'yaml'))
  for (const path of ['README.md', 'docs/run.md', ...stagePages])
    assert.ok(
      blocks.some(({ at }) => at.startsWith(`${path}:`)),
      `${path} has no recipe`,
    )
  for (const { at, text } of blocks) parseRecipe(wholeRecipe(text), at)
})

/** A stage as a command, whose flags are the recipe's keys. */
const forms: Readonly<Record<string, StageForm>> = {
  adapt: new StageForm('adapt', 'adapters'),
  compose: new StageForm('compose', 'adapters'),
  merge: new StageForm('merge', undefined),
  synthesize: new StageForm('synthesize', undefined),
  'train-encoder': new StageForm('train-encoder', undefined),
}

/** Reads a command line as `xling` does, and does nothing. */
async function readCommand([name = '', ...args]: readonly string[]): Promise<void> {
  const found = listed.find(command => command.name === name)
  assert.ok(found, `there is no command '${name}'`)
  const command = new Command(name)
  const usage = await found.load()
  usage(command)
  command
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .action(() => {})
  await command.parseAsync(args, { from: 'user' })
  const given = command.opts()
  // Joining takes the filters alone.
  if (!given.join) forms[name]?.recipe(given, given.name ?? given.task?.[0])
}

test('every command of a page is one, and has its flags', async () => {
  const commands = pages.flatMap(page =>
    blocksOf(page, 'sh').flatMap(({ at, text }) => xlingCommandsIn(text).map(args => ({ at, args }))),
  )
  for (const { at, args } of commands)
    await readCommand(args).catch((error: Error) => assert.fail(`${at}: xling ${args.join(' ')}: ${error.message}`))
  const names = new Set(commands.map(({ args: [name] }) => name))
  for (const name of ['run', ...Object.keys(forms), 'evaluate', 'embed', 'inspect', 'doctor'])
    assert.ok(names.has(name), `no page shows ${name}`)
})

test('every example of a page is of the types that xling has', t => {
  // Within the package, so that its name is found.
  const folder = mkdtempSync(join(root, 'build/docs-'))
  t.after(() => rmSync(folder, { recursive: true }))
  // Those of the README are run.
  const blocks = pages.filter(({ path }) => path !== 'README.md').flatMap(page => blocksOf(page, 'ts'))
  for (const path of ['docs/run.md', ...stagePages])
    assert.ok(
      blocks.some(({ at }) => at.startsWith(`${path}:`)),
      `${path} has no example`,
    )
  for (const { at, text } of blocks) writeFileSync(join(folder, `${at.replace(/\W/g, '-')}.ts`), text)
  const compilerOptions = {
    ...{ composite: false, declaration: false, tsBuildInfoFile: null, noEmit: true, rootDir: '.' },
    ...{ moduleDetection: 'force', noUnusedLocals: false },
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, include: ['.'] }),
  )
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' })
  assert.equal(status, 0, `${stdout}${stderr}`)
})

test('every link of a page leads somewhere', () => {
  const links = pages.flatMap(linksOf)
  assert.ok(links.length > 50, `${links.length} links`)
  const lost = links.filter(({ at, target }) => {
    const [page = ''] = at.split(':')
    const [path = '', anchor] = target.split('#')
    const file = path === '' ? page : normalize(join(dirname(page), path))
    if (file.startsWith('..') || !existsSync(join(root, file))) return true
    return anchor !== undefined && !anchorsOf(pageAt(file)).includes(anchor)
  })
  assert.deepEqual(lost, [])
})

test('every schema that an example of a recipe names is there', () => {
  const named = readdirSync(join(root, 'examples')).flatMap(name =>
    [...pageAt(`examples/${name}`).text.matchAll(/\$schema=(\S+)/g)].map(([, path = '']) => path),
  )
  assert.ok(named.length > 0)
  for (const path of named) assert.ok(existsSync(join(root, 'examples', path)), path)
})

test('every error code has its line, and no page has another', () => {
  const { text } = pageAt('docs/troubleshooting.md')
  const lines = [...text.matchAll(/^\| `(ERR_[A-Z_]+)` \| \S.* \| \S.* \|$/gm)].map(([, code]) => code)
  assert.deepEqual(lines.sort(), [...errorCodes].sort())
  for (const page of pages)
    for (const [code] of page.text.matchAll(/\bERR_[A-Z][A-Z_]*/g))
      assert.ok(
        errorCodes.some(known => known === code),
        `${page.path}: there is no ${code}`,
      )
})

test('every message of a page is of the source', () => {
  const source = sourceText()
  const messages = pages.flatMap(messagesOf)
  assert.ok(messages.length > 30, `${messages.length} messages`)
  for (const { path, message, code } of messages) {
    assert.ok(
      errorCodes.some(known => known === code),
      `${path}: there is no ${code}`,
    )
    const parts = constantParts(message)
    assert.ok(parts.length > 0, `${path}: '${message}' says nothing`)
    for (const part of parts)
      assert.ok(source.includes(part), `${path}: '${part}' of '${message}' is not in the source`)
  }
})
