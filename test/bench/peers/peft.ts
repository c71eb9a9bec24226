import { pythonPeer } from './python.js'

const script = 'peft_peer.py'
const libraries = 'peft, transformers, torch and gguf'

export const peft = pythonPeer(script, libraries)

/** For rows of memory: it hands back what it frees. */
export const peftAsFound = pythonPeer(script, libraries, { keepsFreed: false })
