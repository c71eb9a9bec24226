import { text } from './fields.js'

const accepted = 'a folder, a .gguf file or a hub id[@revision]'

export const modelSource = text(accepted).describe(
  `${accepted[0]?.toUpperCase()}${accepted.slice(1)}; paths are relative to the recipe's folder.`,
)
