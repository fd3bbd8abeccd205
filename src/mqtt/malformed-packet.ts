// What the decoder throws when the other side breaks the protocol. It carries the MQTT 5 reason code for
// the answer (CONNACK or DISCONNECT, or silence in 3.1.1) and the statement that was broken.
import { reasonCode } from './reason.ts'

/** The connection that sent this can't go on: the byte stream has lost its meaning. [MQTT-4.13.1-1] */
export class MalformedPacket extends Error {
  override name = 'MalformedPacket'
  /** 0x81 malformed, 0x82 protocol error, 0x84 unsupported version, 0x94 topic alias invalid,
   *  0x95 packet too large, 0x99 payload format invalid. */
  readonly reasonCode: number
  /** Number of the MQTT 5.0 statement, for example "MQTT-3.3.1-4"; undefined where the rule has none. */
  readonly statement: string | undefined

  constructor(code: number, sentence: string, statement?: string) {
    super(sentence)
    this.reasonCode = code
    this.statement = statement
  }
}

/** A packet that can't be parsed according to the specification. */
export function malformed(sentence: string, statement?: string): MalformedPacket {
  return new MalformedPacket(reasonCode.malformedPacket, sentence, statement)
}

/** A packet that can be parsed and says what the protocol does not permit. */
export function protocolError(sentence: string, statement?: string): MalformedPacket {
  return new MalformedPacket(reasonCode.protocolError, sentence, statement)
}
