// Findings, as people read them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rowsOf } from '#xling/cli/rows'

test('a finding is a line, and what is in another is beside it or below', () => {
  const findings = {
    ...{ kind: 'x', left: undefined, count: 1234567, share: 0.123456, interval: [0.1, -0.25], flat: { a: 1, b: 'c' } },
    deep: { inner: { a: 1 }, none: [], nothing: {}, names: ['p', 'q, r'] },
    text: 'two\n  lines',
  }
  assert.equal(
    rowsOf(findings),
    [
      '  kind      x',
      '  count     1234567',
      '  share     0.1235',
      '  interval  0.1000, -0.2500',
      '  flat      a 1, b c',
      '  deep',
      '    inner    a 1',
      '    none     none',
      '    nothing  none',
      '    names    p, "q, r"',
      '  text      two lines',
    ].join('\n'),
  )
})

test('what is beside other things is told from them', () => {
  assert.equal(
    rowsOf({ first: { a: 'b, c 1', d: '', e: [1, 0.25], f: 'x\ny', g: undefined } }),
    '  first  a "b, c 1", d "", e [1, 0.2500], f "x\\ny"',
  )
})
