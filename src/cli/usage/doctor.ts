import type { Usage } from '../listed-commands.js'

export const doctorUsage: Usage = command => {
  command
    .option('--json', 'Prints it as JSON.')
    .action(async options => (await import('../commands/doctor.js')).doctor(options))
}
