// How far a device that is being connected has come, over HTTP.
import { AckstoneError } from '../../errors.ts'
import { nearestName } from '../../lib/nearest.ts'
import type { Refusal } from '../../live/presence.ts'
import { operations } from '../contract.ts'
import type { ApiParts } from '../parts.ts'
import type { Register } from '../route.ts'
import { parseTime, timeText } from '../time.ts'

export function stepRoutes(register: Register, { watching }: ApiParts): void {
  const { presence, observed } = watching

  register(operations.deviceSteps, async ({ params: { device }, query }) => {
    const sinceTs = sinceOf(query.since)
    const { published, stored, acknowledged, problem } = observed.of(device).progress
    const since = <T extends { atTs: number }>(event: T | undefined): T | undefined =>
      event !== undefined && event.atTs >= sinceTs ? event : undefined
    const connection = presence.of(device)
    const refusals = presence.refusals().filter(({ atTs }) => atTs >= sinceTs)
    const refusal = refusalOf(device, refusals, connection?.sinceTs ?? 0)
    const forbidden = refusals.find(({ topic, username }) => topic !== undefined && username === device)
    return {
      connected:
        connection === undefined ? null : { at: timeText(connection.sinceTs), clientId: connection.clientId },
      refused: refusal === undefined ? null : refusedText(device, refusal),
      published: shown(since(published), ({ topic, qos }) => ({ topic, qos })),
      stored: shown(since(stored), ({ readings }) => ({ readings })),
      acknowledged: shown(since(acknowledged), ({ ms }) => ({ ms: Math.round(ms * 1000) / 1000 })),
      problem:
        forbidden !== undefined && (stored === undefined || stored.atTs < forbidden.atTs)
          ? forbiddenText(device, forbidden)
          : shown(since(problem), ({ sentence, hint }) => ({ sentence, hint })),
    }
  })
}

function sinceOf(text: string | undefined): number {
  if (text === undefined) return 0
  const ts = parseTime(text)
  if (ts !== undefined) return ts
  const detail = '"since" must be RFC 3339 text or milliseconds since the epoch.'
  throw new AckstoneError('QUERY_INVALID', {}, undefined, [{ pointer: '/since', detail }])
}

function shown<T extends { atTs: number }, R>(
  event: T | undefined,
  of: (event: T) => R,
): (R & { at: string }) | null {
  return event === undefined ? null : { at: timeText(event.atTs), ...of(event) }
}

/** The newest refusal since the device has been connected: of the device, else of somebody with nearly its name, else
 *  of anybody, since a client that logs in with a token may call itself anything. */
function refusalOf(device: string, refusals: readonly Refusal[], connectedTs: number): Refusal | undefined {
  const connects = refusals.filter(({ topic, atTs }) => topic === undefined && atTs > connectedTs)
  return (
    connects.find(({ clientId, username }) => clientId === device || username === device) ??
    connects.find(({ clientId }) => nearestName(clientId, [device]) !== undefined) ??
    (connectedTs === 0 ? connects[0] : undefined)
  )
}

const reasons: Readonly<Record<number, [what: string, hint: string]>> = {
  0x85: ['its client identifier is not valid', 'Give the device a client identifier of 1 to 256 bytes.'],
  0x86: [
    'the user name, password or token is wrong',
    'Use the credentials that were shown when they were made, or make new ones for this device.',
  ],
  0x87: [
    'it may not connect without credentials of its own',
    'Give the device a token or a password, and let it log in with it.',
  ],
  0x89: ['too many log in at the same time', 'The device tries again by itself.'],
  0x8a: ['it is banned', 'Lift the ban under the settings, if that is right.'],
}

/** Who it says to be and where it comes from; what it logged in with may be a secret. */
function refusedText(device: string, { atTs, clientId, remote, reasonCode }: Refusal) {
  const code = `0x${reasonCode.toString(16).padStart(2, '0')}`
  const [what, hint] = reasons[reasonCode] ?? [
    'of the reason that its answer tells',
    'See the log of the hub.',
  ]
  const name = clientId.length > 60 ? `${clientId.slice(0, 60)}…` : clientId
  const isOther = clientId !== device ? ` It calls itself "${name}".` : ''
  const sentence = `A connection from ${remote} was refused, because ${what} (${code}).${isOther}`
  return { at: timeText(atTs), sentence, hint }
}

function forbiddenText(device: string, { atTs, topic = '' }: Refusal) {
  const sentence = `"${device}" published to ${topic.slice(0, 120)}, and has no right to that topic (0x87).`
  const hint = 'Publish to a topic of an integration, or give the device the right to this one under Access.'
  return { at: timeText(atTs), sentence, hint }
}
