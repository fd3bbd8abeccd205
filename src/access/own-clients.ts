// Lets in the clients that the hub itself connects, to prove an integration and to show measured data: each with a
// secret made for that moment, and the right to its own topics.
import type { Admission } from '../broker/admission.ts'
import { proofDevice } from '../model/proof-device.ts'
import type { ConnectPacket } from '../mqtt/packet.ts'

export interface OwnPass {
  secret: string
  mayPublish: (topic: string) => boolean
}

/** Undefined for everybody else. @param pass of the proof that is under way. */
export function admitProof(
  pass: { secret: string; topic: string } | undefined,
  connect: ConnectPacket,
): Admission | undefined {
  if (pass === undefined) return undefined
  const { secret, topic } = pass
  const admission = admitOwn(proofDevice, { secret, mayPublish: (name) => name === topic }, connect)
  return admission === undefined ? undefined : { ...admission, owner: 'p:' }
}

/** Undefined for everybody else.
 *  @param pass of the client with this name, while it is to get in. */
export function admitOwn(
  name: string,
  pass: OwnPass | undefined,
  { username, password }: ConnectPacket,
): Admission | undefined {
  if (pass === undefined || username !== name || password === undefined) return undefined
  if (Buffer.from(password).toString() !== pass.secret) return undefined
  const { mayPublish } = pass
  return { isAllowed: true, device: name, reasonCode: 0, rights: { mayPublish, maySubscribe: () => false } }
}
