// Regular expressions over the names of modules. They may come from a file of unknown hands.
import { createContext, Script } from 'node:vm'

// An expression that backtracks without end is stopped: only a script of its own has a time limit. Sane ones take
// microseconds.
const search = new Script("{ const pattern = new RegExp(source, 'u'); names.filter(name => pattern.test(name)) }")
const limitMs = 1000

/**
 * Why `expression` is none; undefined if it is one. With the flag u, what only Python knows (`\A`, `\Z`, `(?P<x>…)`,
 * `(?i)`) is an error and never silently means something else.
 */
export function patternFault(expression: string): string | undefined {
  try {
    new RegExp(expression, 'u')
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** The names that an expression without {@link patternFault} matches as a whole; undefined if it takes too long. */
export function wholeMatches(expression: string, names: readonly string[]): ReadonlySet<string> | undefined {
  return matches(`^(?:${expression})$`, names)
}

/**
 * The names that are `expression` or end in `.` and it: so PEFT reads the keys of its patterns. As there, the beginning
 * is the first group.
 */
export function endMatches(expression: string, names: readonly string[]): ReadonlySet<string> | undefined {
  return matches(`^(.*\\.)?(${expression})$`, names)
}

function matches(source: string, names: readonly string[]): ReadonlySet<string> | undefined {
  try {
    return new Set(search.runInContext(createContext({ source, names }), { timeout: limitMs }))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined
    throw error
  }
}
