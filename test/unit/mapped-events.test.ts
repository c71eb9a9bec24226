import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mappedEvents } from '#xling/binding/mapped-events'

function source() {
  const told = { asked: 0, left: false }
  async function* numbers(): AsyncGenerator<number, string> {
    try {
      for (const number of [1, 2, 3, 4]) {
        told.asked += 1
        yield number
      }
      return 'the end'
    } finally {
      told.left = true
    }
  }
  return { told, events: numbers() }
}

test('events come mapped and in order, undefined ones are passed over, the result stays', async () => {
  const { events } = source()
  const seen: string[] = []
  async function* whole() {
    return yield* mappedEvents(events, async number => (number % 2 === 0 ? `number ${number}` : undefined))
  }
  const mapped = whole()
  let next = await mapped.next()
  for (; !next.done; next = await mapped.next()) seen.push(next.value)
  assert.deepEqual(seen, ['number 2', 'number 4'])
  assert.equal(next.value, 'the end')
})

test('nothing is asked for ahead, and whoever leaves leaves what is behind', async () => {
  const { events, told } = source()
  for await (const number of mappedEvents(events, number => number)) {
    assert.equal(told.asked, number)
    if (number === 2) break
  }
  assert.deepEqual(told, { asked: 2, left: true })
})

test('where mapping throws, what is behind is left, and the error comes out', async () => {
  const { events, told } = source()
  const fault = new Error('disk full')
  const mapped = mappedEvents(events, () => {
    throw fault
  })
  await assert.rejects(mapped.next(), fault)
  assert.equal(told.left, true)
})
