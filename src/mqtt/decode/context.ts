// What the decoders of single packets need to know beyond the packet's own bytes.
import type { ProtocolVersion } from '../packet.ts'
import type { Side } from '../reason.ts'

export interface DecodeContext {
  /** Set by the decoder of CONNECT on a server; by the owner on a client. */
  protocolVersion: ProtocolVersion
  readonly side: Side
}
