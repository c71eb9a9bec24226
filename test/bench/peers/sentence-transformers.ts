import { pythonPeer } from './python.js'

export const sentenceTransformers = pythonPeer('sentence_transformers_peer.py', 'sentence-transformers and torch')
