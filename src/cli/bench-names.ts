/** What `xling bench` can time. */
export const benchNames = ['gemm', 'decode', 'attention', 'rms_norm'] as const

export type BenchName = (typeof benchNames)[number]
