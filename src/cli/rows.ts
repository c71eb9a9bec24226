// Findings for people to read.

/**
 * A line for each, `  spearman  0.8123`. A mapping of plain values is one line, and any other is lines below its name;
 * what is undefined is left out.
 */
export function rowsOf(findings: object, indent = '  '): string {
  const entries = Object.entries(findings).filter(([, value]) => value !== undefined)
  const width = Math.max(...entries.filter(([, value]) => isLine(value)).map(([name]) => name.length))
  const rows = entries.map(([name, value]) =>
    isLine(value)
      ? `${indent}${name.padEnd(width)}  ${shown(value)}`
      : `${indent}${name}\n${rowsOf(value, `${indent}  `)}`,
  )
  return rows.join('\n')
}

const isMapping = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isLine = (value: unknown) => !isMapping(value) || Object.values(value).every(inner => !isMapping(inner))

function shown(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : value.toPrecision(4)
  if (Array.isArray(value)) return value.map(inLine).join(', ') || 'none'
  if (!isMapping(value)) return String(value).replace(/\s*\r?\n\s*/g, ' ')
  const inner = Object.entries(value).filter(([, one]) => one !== undefined)
  return inner.map(([name, one]) => `${name} ${inLine(one)}`).join(', ') || 'none'
}

/** Among others, from which it is told by quotes or brackets where it would not be. */
function inLine(value: unknown): string {
  if (typeof value === 'string') return /^$|[,"\n\r]/.test(value) ? JSON.stringify(value) : value
  const text = shown(value)
  if (!text.includes(',')) return text
  return isMapping(value) ? `{${text}}` : `[${text}]`
}
