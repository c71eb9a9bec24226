import type { Usage } from '../listed-commands.js'

export const quickstartUsage: Usage = command => {
  command.action(async () => (await import('../commands/quickstart.js')).quickstart())
}
