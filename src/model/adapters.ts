/** What is done with adapters together: `adapters.compose`. */
export { compose } from './compose.js'
