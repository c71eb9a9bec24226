import { closest } from 'fastest-levenshtein'

/** The flag that an unknown one is meant to be: by its last part, by initials (`learning-rate` is `train.lr`), by letters. */
export function nearestFlag(flag: string, known: readonly string[]): string {
  const last = (name: string) => name.replace(/^--/, '').split('.').at(-1) ?? ''
  const wanted = last(flag)
  const initials = (wanted.match(/(?<![a-z])[a-z]|[A-Z]/g) ?? []).join('').toLowerCase()
  return (
    known.find(name => last(name) === wanted) ??
    known.find(name => initials.length > 1 && last(name) === initials) ??
    // Of the same mapping, where there is one.
    closest(flag, alike(flag, known))
  )
}

function alike(flag: string, known: readonly string[]): string[] {
  const mapping = /^(.*\.)[^.]*$/.exec(flag)?.[1]
  const same = known.filter(name => mapping !== undefined && name.startsWith(mapping))
  return same.length > 0 ? same : [...known]
}
