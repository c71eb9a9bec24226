// Puts the built addon where the package looks for it on a machine without a compiler.
import { copyFileSync, mkdirSync } from 'node:fs'

const folder = `prebuilds/${process.platform}-${process.arch}`
mkdirSync(folder, { recursive: true })
copyFileSync('build/Release/xling.node', `${folder}/xling.node`)
