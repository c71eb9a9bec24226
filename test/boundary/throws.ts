import assert from 'node:assert/strict'
import { type ErrorCode, XlingError } from 'xling'

/** The call fails, at once or later, with an XlingError of this code whose message has this text. */
export async function throws(call: () => unknown, code: ErrorCode, text: string): Promise<void> {
  try {
    await call()
  } catch (error) {
    assert.ok(error instanceof XlingError, `not an XlingError: ${error}`)
    assert.equal(error.code, code, error.message)
    assert.ok(error.message.includes(text), `'${text}' is not in '${error.message}'`)
    return
  }
  assert.fail(`nothing was thrown; expected ${code}`)
}
