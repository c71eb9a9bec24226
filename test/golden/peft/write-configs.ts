// For make.py: the adapter_config.json of each case that it hands in.
import { text } from 'node:stream/consumers'
import { type PeftGolden, writtenOf } from './peft-golden.js'

const golden = JSON.parse(await text(process.stdin)) as PeftGolden
console.log(JSON.stringify(golden.cases.map(one => writtenOf(golden, one))))
