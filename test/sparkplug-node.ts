// A small edge node of Sparkplug B for tests, with an encoder of its own: births with aliases, data, deaths, and the
// command that asks for births.
import protobuf from 'protobufjs'
import type { HubProcess } from './hub.ts'

const { root } = protobuf.parse(
  `syntax = "proto2";
   message Metric { optional string name = 1; optional uint64 alias = 2; optional uint64 timestamp = 3;
     optional uint32 datatype = 4; optional uint32 int_value = 10; optional uint64 long_value = 11;
     optional double double_value = 13; optional bool boolean_value = 14; }
   message Payload { optional uint64 timestamp = 1; repeated Metric metrics = 2; optional uint64 seq = 3; }`,
  { keepCase: true },
)
export const Payload = root.lookupType('Payload')
let lastTimestamp = 0

/** Milliseconds, no two the same. */
function now(): number {
  lastTimestamp = Math.max(Date.now(), lastTimestamp + 1)
  return lastTimestamp
}

export function payload(seq: number | undefined, ...metrics: object[]): Buffer {
  const given = { timestamp: now(), metrics, ...(seq !== undefined && { seq }) }
  return Buffer.from(Payload.encode(Payload.fromObject(given)).finish())
}

export const session = { name: 'bdSeq', datatype: 4, long_value: 3 }
export const nodeBirth = () =>
  payload(0, session, { name: 'volts', alias: 1, datatype: 10, double_value: 12.5 })
export const deviceBirth = () => payload(1, { name: 'count', alias: 2, datatype: 3, int_value: 7 })

/** Whether it is the command by which a host asks for the births again. */
export function isRebirthRequest(command: Buffer): boolean {
  const { metrics } = Payload.toObject(Payload.decode(command)) as { metrics: Record<string, unknown>[] }
  return metrics.some((each) => each['name'] === 'Node Control/Rebirth' && each['boolean_value'] === true)
}

type Latest = Record<string, { ts: number; value: unknown }>
/** The newest value of each key. */
export async function valuesOf(hub: HubProcess, device: string): Promise<Record<string, unknown>> {
  const latest = await hub.get<Latest>(`/devices/${encodeURIComponent(device)}/latest`)
  return Object.fromEntries(Object.entries(latest).map(([key, { value }]) => [key, value]))
}
