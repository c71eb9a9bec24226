// How a file of data is written.
import { extname } from 'node:path'
import { XlingError } from '../binding/errors.js'

export const fileFormats = ['csv', 'tsv', 'jsonl', 'parquet'] as const

export type FileFormat = (typeof fileFormats)[number]

const endings: Readonly<Record<string, FileFormat>> = {
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.parquet': 'parquet',
}

/**
 * The one format of all files, by their endings.
 * @throws XlingError `ERR_INVALID_ARGUMENT`
 */
export function formatOf(where: string, files: readonly string[]): FileFormat {
  const [first = '', ...others] = files
  const format = ofEnding(where, first)
  const other = others.find(file => ofEnding(where, file) !== format)
  if (other === undefined) return format
  throw new XlingError(
    'ERR_INVALID_ARGUMENT',
    `${where}: ${first} is ${format} and ${other} is ${ofEnding(where, other)}; give files of one format`,
  )
}

function ofEnding(where: string, file: string): FileFormat {
  const format = endings[extname(file).toLowerCase()]
  if (format) return format
  throw new XlingError(
    'ERR_INVALID_ARGUMENT',
    `${where}: the ending of ${file} tells no format; give format as one of ${fileFormats.join(', ')}, ` +
      `or a file that ends in one of ${Object.keys(endings).join(', ')}`,
  )
}
