// Uplinks of a network server whose payload a script reads (TS013, decodeUplink): what the server has decoded itself
// stays as it is, the device's own bytes go to the script, and its values get the uplink's device and time.
import { ConversionError, type Conversation, type Converter, type TopicCaptures } from '../converter.ts'
import type { Message } from '../../model/message.ts'
import type { Readings } from '../readings.ts'
import { bytesOf, type Uplink, type UplinkReader } from './uplink.ts'

export class ScriptedUplinkConverter implements Converter {
  readonly #server: Converter & UplinkReader
  readonly #script: Converter

  /** @param server reads what surrounds the payload, without a codec of its own. */
  constructor(server: Converter & UplinkReader, script: Converter) {
    this.#server = server
    this.#script = script
  }

  get isCrowded(): boolean {
    return this.#script.isCrowded === true
  }

  /** Where nothing prepares, there is only what the server has decoded. */
  decode(message: Message, captures: TopicCaptures, out: Readings, conversation?: Conversation): void {
    const uplink = this.#server.uplink(message, captures)
    if (isForScript(uplink)) this.#script.decode(message, captures, out, conversation)
    else this.#server.decode(message, captures, out, conversation)
  }

  async prepare(message: Message, captures: TopicCaptures): Promise<Converter> {
    try {
      const uplink = this.#server.uplink(message, captures)
      if (!isForScript(uplink) || this.#script.prepare === undefined) return this.#server
      const own = { device: uplink.device, key: undefined, fPort: uplink.fPort }
      const ready = await this.#script.prepare(inner(message, uplink), own)
      return new ReadUplink(uplink, ready)
    } catch (error) {
      if (!(error instanceof ConversionError)) throw error
      return refusing(error)
    }
  }
}

/** What the script has made of one uplink. */
class ReadUplink implements Converter {
  readonly #uplink: Uplink
  readonly #ready: Converter

  constructor(uplink: Uplink, ready: Converter) {
    this.#uplink = uplink
    this.#ready = ready
  }

  decode(message: Message, _captures: TopicCaptures, out: Readings): void {
    const { device, ts, fields } = this.#uplink
    const { count } = out
    this.#ready.decode(message, { device, key: undefined }, out)
    if (!Number.isNaN(ts)) out.giveTime(count, ts)
    fields.addTo(out, device, ts)
  }
}

type ForScript = Uplink & { payloadBase64: string }

function isForScript(uplink: Uplink | undefined): uplink is ForScript {
  return uplink !== undefined && !uplink.isDecoded && uplink.payloadBase64 !== undefined
}

/** The device's own bytes as a message. @throws ConversionError when they are no base64. */
function inner(message: Message, { payloadBase64, device }: ForScript): Message {
  const source = bytesOf(payloadBase64, 'the payload')
  return { ...message, source, payloadStart: 0, payloadEnd: source.length, device }
}

function refusing(error: ConversionError): Converter {
  return {
    decode() {
      throw error
    },
  }
}
