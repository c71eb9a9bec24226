// What Linux tells of CPU time: proc(5).
import { readdirSync, readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import type { CpuSample } from './foreign-cpu.js'

// USER_HZ, the unit of /proc on every architecture we build for.
const ticksPerSecond = 100

/** Seconds that all CPUs together spent on anything, from the text of /proc/stat. */
export function busySeconds(stat: string): number {
  const total = stat.split('\n', 1)[0] ?? ''
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = total.split(/\s+/).slice(1).map(Number)
  // Steal is what another guest of the same host took from us: foreign as well.
  // Guest time is within user and nice already; waiting for a disk is idle.
  return (user + nice + system + irq + softirq + steal) / ticksPerSecond
}

interface TaskStat {
  readonly state: string
  readonly cpuSeconds: number
}

/** From the text of /proc/<pid>/stat or of one of its tasks. */
export function taskStat(stat: string): TaskStat {
  // The name, in parentheses, may hold spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? '', cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond }
}

export function sampleCpu(peerPid?: number): CpuSample {
  const ours = process.cpuUsage()
  const peer = peerPid === undefined ? 0 : taskStat(readFileSync(`/proc/${peerPid}/stat`, 'utf8')).cpuSeconds
  return {
    wall: performance.now() / 1000,
    busy: busySeconds(readFileSync('/proc/stat', 'utf8')),
    own: (ours.user + ours.system) / 1e6 + peer,
  }
}

/** The most of it that was in memory at once, from the text of /proc/<pid>/status. */
export function peakResident(status: string): number {
  const kibibytes = /^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]
  if (kibibytes === undefined) throw new Error('/proc/<pid>/status has no line VmHWM')
  return Number(kibibytes) * 1024
}

/** Of this process. Its program's alone, which rusage is not: that begins with what forked it. */
export function peakResidentBytes(): number {
  return peakResident(readFileSync('/proc/self/status', 'utf8'))
}

/** Whether a thread of the process, other than the one that asks, is running or wants to. */
export function anyThreadRuns(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`)
    .filter(thread => Number(thread) !== process.pid)
    .some(thread => {
      try {
        return taskStat(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')).state === 'R'
      } catch {
        return false // it ended meanwhile
      }
    })
}
