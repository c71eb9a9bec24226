import { z } from 'zod'

/** It becomes the name of a folder. */
export const adapterName = z.string().regex(/^[A-Za-z0-9_-]+$/, { error: 'a name of ASCII letters, digits, _ and -' })
