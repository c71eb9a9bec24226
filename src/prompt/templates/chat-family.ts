// What an instruction model is asked, in the turns of its chat format.
import { type ChatFormat, openingOf } from '../../tokenizer/chat/format.js'
import type { Family, Task, Template } from './template.js'

// As the plain template asks it. An instruction model would add an introduction if it were not told.
const requests: Readonly<Record<Task, string>> = {
  positive: 'Write an English sentence that follows from this one. Answer with that sentence alone.\n\n',
  negative: 'Write an English sentence that contradicts this one. Answer with that sentence alone.\n\n',
}

/** One turn of the user's, request before sentence for the same reason as in the plain template, and the model's opening. */
export function chatFamily(id: string, format: ChatFormat): Family {
  const template = (task: Task): Template => ({
    id,
    task,
    control: format.control,
    before: openingOf(format, 'user') + requests[task],
    after: format.after + openingOf(format, 'assistant'),
    closing: [format.closing],
  })
  return { positive: template('positive'), negative: template('negative') }
}
