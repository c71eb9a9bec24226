import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PeerAbsent } from '../peers/peer-process.js'

/** Where `npm run test:real` puts it. Throws PeerAbsent. */
export function minilmFolder(): string {
  const folder = join(process.env.XLING_REAL_SCRATCH ?? join(tmpdir(), 'xling-real'), 'models', 'all-MiniLM-L6-v2')
  if (existsSync(join(folder, 'config.json'))) return folder
  throw new PeerAbsent(`${folder} is not there: npm run test:real -- MiniLM fetches it`)
}
