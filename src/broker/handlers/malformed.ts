// Bytes that are no packet, or one that can't stand where it stands: the connection is over.
import type { MalformedPacket } from '../../mqtt/malformed-packet.ts'
import type { ProtocolVersion } from '../../mqtt/packet.ts'
import { reasonCode } from '../../mqtt/reason.ts'
import type { Link } from '../link.ts'

/** @param version in which the client understands the answer. */
export function receiveMalformed(link: Link, error: MalformedPacket, version: ProtocolVersion): void {
  const { statement, reasonCode: code } = error
  const { log, reached } = link.parts
  log.debug('malformed packet', { remote: link.connection.remote, cause: error.message, statement })
  if (code === reasonCode.packetTooLarge) reached.count('packetBytesMax', link.who)
  const reason = link.wantsReasons ? { reasonString: error.message } : undefined
  if (link.state !== 'new') return link.disconnect(code, reason)
  link.version = version
  // [MQTT-3.1.4-1 of 3.1.1] Only what comes from a client of another version gets an answer there.
  if (version === 5 || code === reasonCode.unsupportedProtocolVersion) link.refuse(code)
  else link.disconnect(code)
}
