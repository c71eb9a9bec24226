import { pythonPeer } from './python.js'

export const hf = pythonPeer('hf_peer.py', 'transformers, torch and gguf')
