import { createInterface } from 'node:readline'
import type { Adapter } from '../../model/adapter.js'
import { Decoder } from '../../model/decoder.js'
import type { GenerateOptions, Prompt } from '../../model/generate/options.js'
import { interruptible } from '../interruption.js'
import type { GenerateFlags } from '../usage/generate.js'
import { UsageError } from '../usage-error.js'

/** `xling generate` */
export async function generate(given: readonly string[], options: GenerateFlags, json: boolean): Promise<void> {
  const { model, adapter: folder, quantize, device, chat = false, system, ...rest } = options
  await interruptible('what was printed is not all', async signal => {
    const texts = given.length > 0 ? given : await promptsOfStdin()
    await using llm = await Decoder.load(model, { device, ...(quantize && { quantize }), signal })
    const adapter = folder === undefined ? undefined : await llm.loadAdapter(folder, { signal })
    const prompts = texts.map(text => promptOf(llm, text, { chat, system, adapter }))
    const settings = { ...rest, signal }
    if (texts.length === 1 && !json) await stream(llm, prompts, settings)
    else
      for await (const { index, text, ids, finishReason } of llm.generate(prompts, settings))
        console.log(JSON.stringify({ index, prompt: texts[index], text, tokens: ids.length, finishReason }))
  })
}

async function promptsOfStdin(): Promise<string[]> {
  if (process.stdin.isTTY) throw new UsageError('give a prompt, or prompts on stdin, one a line')
  const lines: string[] = []
  for await (const line of createInterface({ input: process.stdin })) if (line.trim() !== '') lines.push(line)
  if (lines.length === 0) throw new UsageError('there is no prompt on stdin; give one a line')
  return lines
}

function promptOf(
  llm: Decoder,
  text: string,
  { chat, system, adapter }: { chat: boolean; system: string | undefined; adapter: Adapter | undefined },
): Prompt {
  if (!chat) return { text, adapter }
  const before = system === undefined ? [] : [{ role: 'system' as const, content: system }]
  return { ids: llm.tokenizer.chatIds([...before, { role: 'user', content: text }]), adapter }
}

async function stream(llm: Decoder, prompts: readonly Prompt[], settings: GenerateOptions): Promise<void> {
  try {
    for await (const row of llm.generate(prompts, { ...settings, stream: true }))
      if ('delta' in row) process.stdout.write(row.delta)
  } finally {
    process.stdout.write('\n')
  }
}
