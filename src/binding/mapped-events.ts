// Events of one thing, as events of what it is a part of.

/**
 * Passes events on as what `each` makes of them, but for those that it makes undefined; the result is that of `events`.
 * An event is not asked for before the one ahead of it was taken. Whoever leaves, or throws, leaves `events`, too.
 */
export async function* mappedEvents<Event, Mapped, Result>(
  events: AsyncGenerator<Event, Result>,
  each: (event: Event) => Mapped | undefined | Promise<Mapped | undefined>,
): AsyncGenerator<Mapped, Result> {
  let next = await events.next()
  try {
    for (; !next.done; next = await events.next()) {
      const mapped = await each(next.value)
      if (mapped !== undefined) yield mapped
    }
    return next.value
  } finally {
    if (!next.done) await events.return(undefined as never)
  }
}
