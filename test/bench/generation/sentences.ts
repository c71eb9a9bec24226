// English sentences of our own making, as many as there are ways to put their parts together.

const who = [
  'The baker',
  'My neighbour',
  'A young teacher',
  'The oldest fisherman of the harbour',
  'Her brother',
  'The village doctor',
  'A tired bus driver',
  'The girl with the red scarf',
  'One of the miners',
  'The new librarian',
  'A farmer from the hills',
]
const didWhat = [
  'repaired the wooden bridge',
  'lost a bunch of keys',
  'bought two baskets of ripe mangoes',
  'wrote a long letter to the mayor',
  'planted beans behind the school',
  'sold the last of the goats',
  'heard the rain coming',
  'carried the water home',
  'forgot to close the window',
  'taught the children a song about the moon',
  'painted the door green',
  'missed the ferry',
  'found a coin under the stairs',
]
const how = [
  'before breakfast',
  'on the first day of the holidays',
  'because nobody else wanted to',
  'while the others were asleep',
  'after the market had closed',
  'without telling anyone',
  'although it was already dark',
]

/** The same `count` every time, no two alike; there are 1001. */
export function sentences(count: number): string[] {
  const most = who.length * didWhat.length * how.length
  if (count > most) throw new RangeError(`there are ${most} sentences, not ${count}`)
  // The parts' numbers have no common divisor, so their remainders together are new each time.
  return Array.from(
    { length: count },
    (_, i) => `${who[i % who.length]} ${didWhat[i % didWhat.length]} ${how[i % how.length]}.`,
  )
}
