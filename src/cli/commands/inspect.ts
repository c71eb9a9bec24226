import { inspect } from '../inspect/inspect.js'
import { interruptible } from '../interruption.js'
import { rowsOf } from '../rows.js'

/** `xling inspect` */
export async function inspectCommand(what: string, json: boolean): Promise<void> {
  await interruptible('nothing was changed', async signal => {
    const findings = await inspect(what, signal)
    console.log(json ? JSON.stringify(findings, undefined, 2) : rowsOf(findings))
  })
}
