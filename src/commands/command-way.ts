// How commands reach devices: over the sessions of this hub, or through a bridge at the broker that it is attached to.
import type { CommandFlight, CommandRecipient, CommandRecord } from './command.ts'

/** Devices that connect to this hub. */
export interface CommandWay {
  /** Hands the message over, in the open batch at QoS 1-2. @returns the sessions that have a copy. */
  send(command: CommandRecord): CommandRecipient[]
  /** Whether a copy may still be acknowledged. */
  isOnItsWay(recipient: CommandRecipient, isOfThisProcess: boolean): boolean
}

/** The last that is heard of a command from another broker. */
export type FlightEnd =
  | { kind: 'taken' | 'refused'; reasonCode: number; reasonString: string | undefined }
  | { kind: 'lost' }

/** Keeps a command on its way through a bridge, step by step; `kept` runs once the step is durable. */
export interface CommandKeeper {
  keep(state: Pick<CommandFlight, 'packetId' | 'stage'>, kept: () => void): void
  ended(end: FlightEnd, kept: () => void): void
}

/** launched: its keeper has heard of it. handed: at QoS 0, which nobody answers. full: it waits its turn. never: it
 *  can't be sent there at all. */
export type Launch = 'launched' | 'handed' | 'full' | { wait: string } | { never: string }

/** Brokers that this hub is attached to. */
export interface BridgeWay {
  launch(command: CommandRecord, keeper: CommandKeeper): Launch
  /** Names the session that a bridge has or will go on with; undefined where there is no such bridge. */
  sessionOf(integration: string): string | undefined
  /** Whether all bridges are known: while the hub starts, they are not. */
  readonly isKnown: boolean
}

/** Sentences about commands through a bridge. */
export const bridgeSentences = {
  delivered:
    'The broker that the integration is attached to has it. Whether the device does is known when it answers.',
  nobody:
    'The broker that the integration is attached to has it, but nobody was subscribed to the topic there at that moment.',
  silent:
    'The broker that the integration is attached to has not acknowledged it yet. It is sent again with the next connection.',
  lost:
    'The broker has lost the session in which the command was on its way, so that nobody knows whether it arrived. ' +
    'Send it again if that does no harm.',
  gone: 'The integration was removed or has another session by now, so that nobody knows whether the command arrived.',
} as const

/** @param end of a command that was refused. */
export function refusedSentence({ reasonCode, reasonString }: { reasonCode: number; reasonString?: string }) {
  const said = reasonString === undefined ? '' : `: ${reasonString}`
  return `The broker refuses the command with reason code 0x${reasonCode.toString(16)}${said}. Check what it allows the hub.`
}
