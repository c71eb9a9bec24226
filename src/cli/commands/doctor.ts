import { hostInfo } from '../../binding/host.js'
import { Kernels } from '../../binding/kernels.js'
import { addonPath, version } from '../../binding/load.js'
import type { DeviceInfo, HostInfo } from '../../binding/native-types.js'
import { checkRmsNorm, type KernelCheck } from '../kernel-check.js'

export interface Diagnosis {
  xling: string
  node: string
  platform: string
  addon: string
  device: DeviceInfo
  host: HostInfo
  checks: KernelCheck[]
  ok: boolean
}

/** Loads the addon, opens the best device, and tries its kernels against their formulas. */
export async function diagnose(): Promise<Diagnosis> {
  await using kernels = await Kernels.open()
  const checks = [await checkRmsNorm(kernels)]
  return {
    xling: version,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    addon: addonPath(),
    device: kernels.device,
    host: hostInfo(),
    checks,
    ok: checks.every(check => check.ok),
  }
}

const gib = (bytes: number) => (bytes / 2 ** 30).toFixed(1)

export function describe({ xling, node, platform, addon, device, host, checks, ok }: Diagnosis): string {
  const quota = host.quotaThreads ? `container quota of ${host.quotaThreads} threads` : 'no container quota'
  const rows: [string, string][] = [
    ['xling', `${xling} on Node ${node}, ${platform}`],
    ['addon', addon],
    ['device', `${device.name} (${device.isa}${device.threads ? `, ${device.threads} threads` : ''})`],
    ['', device.why],
    ['processor', `runs ${host.isas.join(', ')}; ${host.physicalCores} physical cores; ${quota}`],
    ['memory', `${gib(host.memoryFree)} GiB free of ${gib(host.memoryTotal)} GiB`],
    ...checks.map(describeCheck),
    ['', ok ? 'Everything works.' : 'A kernel is wrong on this machine. Please report it with these lines.'],
  ]
  return rows.map(([what, text]) => `  ${what.padEnd(10)} ${text}`.trimEnd()).join('\n')
}

function describeCheck({ kernel, rows, width, error, tolerance, ok }: KernelCheck): [string, string] {
  const verdict = ok ? 'ok' : 'WRONG'
  return [
    'kernel',
    `${kernel} ${verdict}: ${rows} x ${width}, off by ${error.toExponential(1)}, allowed ${tolerance.toExponential(1)}`,
  ]
}

/** `xling doctor` */
export async function doctor(options: { json?: boolean }): Promise<void> {
  const diagnosis = await diagnose()
  console.log(options.json ? JSON.stringify(diagnosis, undefined, 2) : describe(diagnosis))
  if (!diagnosis.ok) process.exitCode = 1
}
