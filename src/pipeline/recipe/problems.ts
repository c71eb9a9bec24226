// What is wrong with a recipe's values, in words.
import type { z } from 'zod'
import { shown } from '../../files/json-object.js'
import type { Path, Problem, YamlValue } from './yaml-value.js'

type Issue = z.core.$ZodIssue

/** A problem or more for each issue, whose message says what is accepted, as the makers of fields write it. */
export function problemsOf(issues: readonly Issue[], yaml: YamlValue): Problem[] {
  return issues.flatMap(issue => problemsOfIssue(issue, [], yaml))
}

function problemsOfIssue(issue: Issue, around: Path, yaml: YamlValue): Problem[] {
  const path = [...around, ...issue.path]
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split('\n')
    return issue.keys.map((key, i) => ({
      ...yaml.placeOfKey([...path, key]),
      message: `${written([...path, key])}: ${messages[i]}`,
    }))
  }
  if (issue.code === 'invalid_key') {
    const accepted = issue.issues[0]?.message
    return [{ ...yaml.placeOfKey(path), message: `${written(path)}: the key must be ${accepted}` }]
  }
  const branch = issue.code === 'invalid_union' && branchMeant(issue.errors)
  if (branch) return branch.flatMap(inner => problemsOfIssue(inner, path, yaml))
  const value = valueAt(yaml.value, path)
  const problem = value === undefined ? 'is missing; it' : `is ${shown(value)} but`
  const name = path.length > 0 ? `${written(path)}: ` : ''
  return [{ ...yaml.placeOf(path), message: `${name}${problem} must be ${issue.message}` }]
}

/** The alternative whose kind the value has, if that is one alone: what is wrong is inside of it. */
function branchMeant(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const ofItsKind = branches.filter(issues =>
    issues.every(({ code, path }) => path.length > 0 || (code !== 'invalid_type' && code !== 'invalid_union')),
  )
  return ofItsKind.length === 1 ? ofItsKind[0] : undefined
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce((inner, key) => Object(inner)[key], value)
}

/** `adapt.train.betas[1]`, and `where['a b']` for what is no plain word. */
function written(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    if (!/^[\w-]+$/.test(String(key))) return `${text}['${String(key)}']`
    return text === '' ? String(key) : `${text}.${String(key)}`
  }, '')
}
