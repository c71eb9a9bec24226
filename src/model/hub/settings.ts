import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { XlingError } from '../../binding/errors.js'
import { fileFailure } from '../../files/atomic.js'

/** How the hub is reached, from the variables that Python's huggingface_hub reads too. */
export interface HubSettings {
  endpoint: string // HF_ENDPOINT, without a slash at its end
  token: string | undefined // HF_TOKEN, else the file 'token' in HF_HOME
  cache: string // HF_HUB_CACHE, else the folder 'hub' in HF_HOME
  offline: boolean // HF_HUB_OFFLINE
}

// An empty variable counts as one that is not set.
const variable = (name: string) => process.env[name]?.trim() || undefined

const folder = (path: string) => resolve(path.replace(/^~(?=\/|$)/, homedir()))

function readEndpoint(): string {
  const text = variable('HF_ENDPOINT') ?? 'https://huggingface.co'
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new XlingError('ERR_INVALID_ARGUMENT', `HF_ENDPOINT is '${text}', but must be a URL of http or https`)
  return text.replace(/\/+$/, '')
}

async function readToken(home: string): Promise<string | undefined> {
  const file = join(home, 'token')
  const fromFile = async () => {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? '' : fileFailure('read the hub token', file)(error),
    )
    return text.trim() || undefined
  }
  const token = variable('HF_TOKEN') ?? (await fromFile())
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw new XlingError(
      'ERR_INVALID_ARGUMENT',
      `the hub token (HF_TOKEN, else ${file}) has a character that no token has; copy it again`,
    )
  return token
}

/**
 * Reads the variables as they are now.
 * @throws XlingError `ERR_INVALID_ARGUMENT`, `ERR_FILE_FAILED`
 */
export async function hubSettings(): Promise<HubSettings> {
  const home = folder(variable('HF_HOME') ?? join(variable('XDG_CACHE_HOME') ?? '~/.cache', 'huggingface'))
  const cache = variable('HF_HUB_CACHE')
  return {
    endpoint: readEndpoint(),
    token: await readToken(home),
    cache: cache === undefined ? join(home, 'hub') : folder(cache),
    offline: /^(1|true|yes|on)$/i.test(variable('HF_HUB_OFFLINE') ?? ''),
  }
}
