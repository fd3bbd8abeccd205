// The command by which a host asks an edge node for its births again: a metric "Node Control/Rebirth" that is
// true, on the node's command topic.
import protobuf from 'protobufjs/minimal.js'
import type { Request } from '../converter.ts'
import { dataType } from './values.ts'

/** @param timestampMs when the message that made it necessary was received. */
export function rebirthRequest(group: string, node: string, timestampMs: number): Request {
  const writer = protobuf.Writer.create()
  writer.uint32(0x08).uint64(timestampMs) // timestamp = 1
  writer.uint32(0x12).fork() // metrics = 2
  writer.uint32(0x0a).string('Node Control/Rebirth') // name = 1
  writer.uint32(0x18).uint64(timestampMs) // timestamp = 3
  writer.uint32(0x20).uint32(dataType.boolean) // datatype = 4
  writer.uint32(0x70).bool(true) // boolean_value = 14
  writer.ldelim()
  return { topic: `spBv1.0/${group}/NCMD/${node}`, payload: writer.finish() }
}
