// Where a recipe's rows come from.
import { z } from 'zod'
import { fileFormats } from '../../data/file-format.js'
import { formats, type SchemaId } from '../../data/formats/index.js'
import { choice, mapping, number, text, truth, whole } from './fields.js'

/** Files of any format, without a word on what of them is taken. */
export const dataPath = text('a path, a glob or an address hf://datasets/…')

const scalarText = 'text, a number, true or false'
const scalar = z.union([z.string(), number(), truth()], { error: scalarText })
const scalars = z.union([scalar, z.array(scalar).min(1)], { error: `${scalarText}, or a list of such` })

const fileSource = mapping({
  path: dataPath.describe(
    "A file, a glob, or hf://datasets/<owner>/<name>[@revision]/<path or glob>; relative to the recipe's folder.",
  ),
  format: choice(fileFormats).describe("Default: by the file's ending.").exactOptional(),
  schema: choice(Object.keys(formats) as SchemaId[])
    .describe('What the columns mean. Default: found by their names.')
    .exactOptional(),
  columns: z
    .record(text("a column's name"), text("a column's name in the file"), { error: "a mapping of columns' names" })
    .describe("What the file calls the schema's columns. Default: the same.")
    .exactOptional(),
  where: z
    .record(text("a column's name"), scalars, { error: "a mapping of the file's columns to values" })
    .describe('Keeps the rows whose column has the value, or one of them. Default: all.')
    .exactOptional(),
  limit: whole({ from: 1 })
    .describe('Rows at most, 1 or more, of those that `where` keeps. Default: all.')
    .exactOptional(),
  offset: whole({ from: 0 }).describe('Rows that are left out first, 0 or more. Default 0.').exactOptional(),
  shuffleSeed: whole({ from: 0 })
    .describe('Shuffles the rows before offset and limit; whole, 0 or more. Default: they stay in their order.')
    .exactOptional(),
  skipBadRows: truth()
    .describe('Leaves rows out that cannot be used, and counts them, instead of ending with the first. Default false.')
    .exactOptional(),
})

export const dataSource = z
  .union([dataPath, fileSource], { error: 'a path, a glob, an address hf://datasets/…, or a mapping with path' })
  .meta({
    id: 'dataSource',
    description: 'CSV, TSV, JSONL or Parquet: a path, a glob or an address hf://datasets/…, or a mapping with more.',
  })
