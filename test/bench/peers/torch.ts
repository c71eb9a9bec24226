import { pythonPeer } from './python.js'

export const torch = pythonPeer('torch_peer.py', 'torch')
