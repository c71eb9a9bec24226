// What reads each format of files.
import type { FileFormat } from '../file-format.js'
import { readDelimited } from './csv.js'
import { readJsonl } from './jsonl.js'
import { readParquet } from './parquet.js'
import type { ReadTable } from './table.js'

export const tables: Readonly<Record<FileFormat, ReadTable>> = {
  csv: (file, choose) => readDelimited(file, 'csv', choose),
  tsv: (file, choose) => readDelimited(file, 'tsv', choose),
  jsonl: readJsonl,
  parquet: readParquet,
}
