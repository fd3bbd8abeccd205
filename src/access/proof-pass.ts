// Lets in the one client that the hub itself connects to prove an integration: with a secret made for that moment, and
// the right to one topic.
import type { Admission } from '../broker/admission.ts'
import { proofDevice } from '../model/proof-device.ts'
import type { ConnectPacket } from '../mqtt/packet.ts'

export interface ProofPass {
  secret: string
  topic: string
}

/** Undefined for everybody else. @param pass of the proof that is under way. */
export function admitProof(
  pass: ProofPass | undefined,
  { username, password }: ConnectPacket,
): Admission | undefined {
  if (pass === undefined || username !== proofDevice || password === undefined) return undefined
  if (Buffer.from(password).toString() !== pass.secret) return undefined
  const rights = { mayPublish: (topic: string) => topic === pass.topic, maySubscribe: () => false }
  return { isAllowed: true, device: proofDevice, reasonCode: 0, owner: 'p:', rights }
}
