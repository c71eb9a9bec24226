// Globs over paths in a repository, which are no files yet.
import { XlingError } from '../../binding/errors.js'

/** Whether a path stands for others. */
export const isPattern = (path: string) => /[*?[\]{}]/.test(path)

const pieces = /\*\*\/|\*+|\?|\[(!?)([^\]/]+)\]|[{},]|[\\^$+.()|[\]]/g

/**
 * What a glob matches: `*` and `?` within a name, `**` any folders, `[abc]`, `[!abc]`, `{one,other}`, which may hold no
 * braces. A name with a dot before it is matched like any.
 * @throws XlingError `ERR_INVALID_ARGUMENT`
 */
export function matcherOf(pattern: string): (path: string) => boolean {
  const braced = /^[^{}]*(\{[^{}]*\}[^{}]*)*$/.test(pattern)
  let open = false
  const source = pattern.replace(pieces, (piece: string, not: string, inside?: string) => {
    if (piece === '**/') return '(?:.*/)?'
    if (piece.startsWith('**')) return '.*'
    if (piece === '*') return '[^/]*'
    if (piece === '?') return '[^/]'
    if (inside !== undefined) return `[${not ? '^/' : ''}${inside.replace(/[\\^[]/g, '\\$&')}]`
    if (piece === ',') return open ? '|' : ','
    if ((piece !== '{' && piece !== '}') || !braced) return `\\${piece}`
    open = piece === '{'
    return open ? '(?:' : ')'
  })
  try {
    const expression = new RegExp(`^${source}$`, 's')
    return path => expression.test(path)
  } catch (cause) {
    throw new XlingError('ERR_INVALID_ARGUMENT', `'${pattern}' is no glob: ${(cause as Error).message}`, { cause })
  }
}
