// What the benchmark drives: a server in a process of its own, and what can be seen of that process.
import { readFileSync } from 'node:fs'

export interface Target {
  readonly name: string
  start(): Promise<RunningTarget>
}

export interface RunningTarget {
  readonly port: number
  readonly pid: number
  /** Readings stored so far; undefined for a server that stores none. */
  readingsStored(): Promise<number | undefined>
  /** Messages of QoS 0 that were dropped on purpose; undefined where nobody counts them. */
  shed(): Promise<number | undefined>
  /** Ends the server. Resolves with bytes on disk for each reading after compaction, if it stores any. */
  stop(): Promise<number | undefined>
}

const ticksPerSecond = 100

/** Seconds of processor time that a process has used, system calls included; undefined off Linux. */
export function cpuSeconds(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined
  // Fields 14 and 15 of proc(5), counted after the name in brackets, which may hold spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** Memory of a process that is in RAM, bytes; undefined off Linux. */
export function residentBytes(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
}
