// What the micro-world's sentences are about, and which of it excludes which.

/** Kinds of things, each with its members: whatever is a dog is an animal. */
export const kinds = {
  person: ['farmer', 'teacher', 'baker', 'sailor'],
  animal: ['dog', 'cat', 'horse', 'goat'],
  bird: ['hen', 'owl', 'goose', 'crow'],
  fruit: ['apple', 'pear', 'plum', 'fig'],
  tool: ['hammer', 'rope', 'knife', 'spoon'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type Kind = keyof typeof kinds

export const kindNames = Object.keys(kinds) as Kind[]

/** Those that do something; anything can have something done to it. */
export const livingKinds: readonly Kind[] = ['person', 'animal', 'bird']

const membersOf = (some: readonly Kind[]) => some.flatMap(kind => [...kinds[kind]])

export const subjects: readonly string[] = membersOf(livingKinds)
export const objects: readonly string[] = membersOf(kindNames)

/** The kind that a thing is a member of; undefined for a kind itself. */
export function kindOf(thing: string): Kind | undefined {
  return kindNames.find(kind => (kinds[kind] as readonly string[]).includes(thing))
}

/** Pairs that exclude each other; apart from these, actions do not: who pulls may lift. */
const oppositeActions = [
  ['push', 'pull'],
  ['find', 'lose'],
  ['love', 'fear'],
  ['lift', 'drop'],
  ['call', 'ignore'],
] as const

/** The same for qualities: who is old may be happy. */
const oppositeQualities = [
  ['big', 'small'],
  ['old', 'young'],
  ['happy', 'sad'],
  ['strong', 'weak'],
] as const

export const actions: readonly string[] = oppositeActions.flat()
export const qualities: readonly string[] = oppositeQualities.flat()

const oppositePairs = [...oppositeActions, ...oppositeQualities]
const opposites = new Map<string, string>([...oppositePairs, ...oppositePairs.map(([a, b]) => [b, a] as const)])

/** Of an action or a quality: each has one. */
export function oppositeOf(concept: string): string {
  const opposite = opposites.get(concept)
  if (opposite === undefined) throw new RangeError(`'${concept}' is no action and no quality`)
  return opposite
}

/** What happens at one place, or at one time, does not happen at another. */
export const places: readonly string[] = ['garden', 'market', 'forest', 'kitchen', 'harbour', 'field']
export const times: readonly string[] = ['morning', 'noon', 'evening', 'night']
