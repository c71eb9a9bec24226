import type { Option } from '../grammar.js'
import { type Slot, unsaid } from '../meaning.js'

/** Of a slot that a sentence may leave open. */
export const nothing = (slot: Slot): Option => ({ form: '', says: { [slot]: unsaid } })
