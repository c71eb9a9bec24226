// What an adapter remembers of its templates, and whether they are still the same.
import { type Prompting, promptingHash } from '../adapter/prompting.js'
import { XlingError } from '../binding/errors.js'
import type { Adapter } from '../model/adapter.js'
import type { Tokenizer } from '../tokenizer/tokenizer.js'
import { closingIdOf } from './closing.js'
import { familyFor } from './family-for.js'
import { type TemplateId, templateIds, templates } from './templates/index.js'
import type { Task } from './templates/template.js'

const everyTask: readonly Task[] = ['negative', 'positive']

/**
 * How the templates of a family ask, with this tokenizer.
 * @param tasks that were asked for, one at least
 * @throws XlingError `ERR_INVALID_TOKENIZER` where nothing ends a sequence
 */
export function promptingOf(tokenizer: Tokenizer, template: TemplateId, tasks: ReadonlySet<Task>): Prompting {
  const family = templates[template]
  const asked = everyTask.filter(task => tasks.has(task)).map(task => family[task])
  const closingId = closingIdOf(tokenizer, family.positive)
  const closing = tokenizer.decode([closingId], { skipSpecial: false })
  const task = asked.length === 1 ? asked[0]?.task : undefined
  return { template, task, closing, hash: promptingHash(asked, closing) }
}

/** What {@link checkPrompting} looks at. */
export type Asked = Pick<Adapter, 'name' | 'prompting'>

/**
 * The family of templates that an adapter was trained with, if it knows.
 * @param context.task what it is to be asked for; left out, it may be either
 * @throws XlingError `ERR_WEIGHTS_MISMATCH` where this xling, or this tokenizer, asks otherwise than it was asked in
 * training; `ERR_INVALID_ARGUMENT` for a task that it did not learn; `ERR_INVALID_TOKENIZER`
 */
export function checkPrompting(
  { name, prompting }: Asked,
  { tokenizer, task }: { readonly tokenizer: Tokenizer; readonly task?: Task | undefined },
): TemplateId | undefined {
  if (!prompting) return undefined
  const refuse = (why: string): never => {
    throw new XlingError(
      'ERR_WEIGHTS_MISMATCH',
      `the adapter '${name}' was trained with the template '${prompting.template}', ${why}; train it again, or give ` +
        'template to say by which one it is asked all the same',
    )
  }
  const id = templateIds.find(id => id === prompting.template)
  if (id === undefined) return refuse(`which this xling does not have (it has ${templateIds.join(', ')})`)
  if (task !== undefined && prompting.task !== undefined && prompting.task !== task)
    throw new XlingError(
      'ERR_INVALID_ARGUMENT',
      `the adapter '${name}' learnt the task '${prompting.task}' and is used for '${task}'; give one that learnt that`,
    )
  const now = promptingOf(tokenizer, id, new Set(prompting.task ? [prompting.task] : everyTask))
  if (now.closing !== prompting.closing)
    return refuse(`its answers closed by ${prompting.closing}, and with this tokenizer they are by ${now.closing}`)
  return now.hash === prompting.hash ? id : refuse('whose words have changed since')
}

/**
 * The family of templates by which an adapter is asked where nobody says another: the one that it was trained with, else
 * the model's ({@link familyFor}).
 * @throws XlingError as {@link checkPrompting}
 */
export function familyOf(tokenizer: Tokenizer, adapter: Asked | undefined, task?: Task): TemplateId {
  return (adapter && checkPrompting(adapter, { tokenizer, task })) ?? familyFor(tokenizer)
}
