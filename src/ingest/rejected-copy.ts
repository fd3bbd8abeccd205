// The raw copy of a message that a converter could not read, with its reason (I6).
import type { ConversionError } from '../converters/converter.ts'
import { copyPayload, type Message } from '../model/message.ts'
import type { RejectedMessage } from '../storage/store.ts'
import type { RouteTarget } from './contract.ts'

/** @param targetNumber place of the target among those that want the message. */
export function rejectedCopy(
  message: Message,
  target: RouteTarget,
  targetNumber: number,
  error: ConversionError,
): RejectedMessage {
  return {
    id: rejectedId(message.decidedTs, targetNumber),
    integration: target.integration,
    device: target.captures.device ?? message.device,
    clientId: message.clientId,
    topic: message.topic,
    payload: copyPayload(message),
    qos: message.qos,
    receivedTs: message.receivedTs,
    decidedTs: message.decidedTs,
    code: error.code,
    reason: error.message,
  }
}

/** Sorts by time, and is the same for a resend of the message: one rejected copy for each target. */
function rejectedId(decidedTs: number, targetNumber: number): string {
  return decidedTs.toString(36).padStart(11, '0') + targetNumber.toString(36).padStart(2, '0')
}
