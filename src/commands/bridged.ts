// Commands through bridges: each step is kept durably before the packet that depends on it leaves, so that whoever is
// killed in between, at QoS 2 the other broker has each command once.
import type { Ingest } from '../ingest/contract.ts'
import { assert } from '../lib/assert.ts'
import type { CommandRecord } from './command.ts'
import {
  bridgeSentences,
  refusedSentence,
  type BridgeWay,
  type CommandKeeper,
  type FlightEnd,
} from './command-way.ts'

/** After so long without an answer of the other broker, a command says so. */
const silentAfterMs = 30_000

/** What of the commands is needed here. */
export interface BridgedOwner {
  nowMs(): number
  /** Writes the command as it is to the open batch. */
  keep(command: CommandRecord): void
  end(command: CommandRecord, state: CommandRecord['state'], reason: string | null): void
}

export class Bridged {
  readonly #way: BridgeWay
  readonly #owner: BridgedOwner
  readonly #ingest: Pick<Ingest, 'open'>
  /** Commands within the session of a bridge, in the order in which they were launched. */
  readonly #flying = new Set<CommandRecord>()

  constructor(way: BridgeWay, owner: BridgedOwner, ingest: Pick<Ingest, 'open'>) {
    this.#way = way
    this.#owner = owner
    this.#ingest = ingest
  }

  /** A command that the process before this one has left. */
  enter(command: CommandRecord): void {
    if (command.flight !== null) this.#flying.add(command)
  }

  /** What goes on within a session, in order. */
  underWay(session: string): { command: CommandRecord; keeper: CommandKeeper }[] {
    return Array.from(this.#flying)
      .filter(({ flight }) => flight?.session === session)
      .map((command) => ({ command, keeper: this.#keeperOf(command) }))
  }

  /** Tries to send queued commands, in order: nothing overtakes those that wait for the same broker. */
  launchAll(commands: Iterable<CommandRecord>): void {
    /** Why those of an integration wait; null: for their turn. */
    const waits = new Map<string | null, string | null>()
    for (const command of commands) {
      const { integration, isBridged, state } = command
      if (!isBridged || state !== 'queued') continue
      const wait = waits.get(integration)
      const why = wait === undefined ? this.#launch(command) : wait
      if (why === undefined) continue
      waits.set(integration, why)
      if (why === null || command.reason === why) continue
      command.reason = why
      this.#owner.keep(command)
    }
  }

  /** @returns why it has to wait; null: for its turn; undefined: it does not. */
  #launch(command: CommandRecord): string | null | undefined {
    const launch = this.#way.launch(command, this.#keeperOf(command))
    if (launch === 'launched') return undefined
    if (launch === 'full') return null
    if (launch === 'handed') {
      command.sentMs = this.#owner.nowMs()
      this.#owner.end(command, 'sent', null)
      return undefined
    }
    if ('wait' in launch) return launch.wait
    this.#owner.end(command, 'failed', launch.never)
    return undefined
  }

  /** A command that was sent: its session may be gone for good. */
  follow(command: CommandRecord): void {
    const { flight, integration, qos } = command
    if (flight === null || !this.#way.isKnown) return
    if (this.#way.sessionOf(integration!) === flight.session) return this.#sayIfSilent(command)
    this.#land(command)
    if (command.state === 'answered') return this.#owner.end(command, 'answered', command.reason)
    if (qos === 2) return this.#owner.end(command, 'failed', bridgeSentences.gone)
    command.state = 'queued'
    this.#owner.keep(command)
  }

  /** Nobody may send it again over the same connection, but whoever waits for it is told. [MQTT-4.4.0-1] */
  #sayIfSilent(command: CommandRecord): void {
    const isSilent = this.#owner.nowMs() - command.sentMs! >= silentAfterMs
    if (command.state !== 'sent' || command.reason !== null || !isSilent) return
    command.reason = bridgeSentences.silent
    this.#owner.keep(command)
  }

  #keeperOf(command: CommandRecord): CommandKeeper {
    return {
      keep: ({ packetId, stage }, kept) => {
        const session = command.flight?.session ?? this.#way.sessionOf(command.integration!)
        assert(session !== undefined, 'a command is launched within a session')
        command.flight = { session, packetId, stage }
        if (stage === 'published') {
          this.#flying.add(command)
          command.state = 'sent'
          command.reason = null
          command.sentMs = this.#owner.nowMs()
        }
        this.#owner.keep(command)
        this.#ingest.open().afterStored(kept)
      },
      ended: (end, kept) => {
        this.#land(command)
        this.#heard(command, end)
        this.#ingest.open().afterStored(kept)
      },
    }
  }

  #land(command: CommandRecord): void {
    this.#flying.delete(command)
    command.flight = null
  }

  #heard(command: CommandRecord, end: FlightEnd): void {
    if (end.kind === 'taken') command.deliveredMs = this.#owner.nowMs()
    // The device has been faster than its broker.
    if (command.state === 'answered') return this.#owner.end(command, 'answered', command.reason)
    if (end.kind === 'lost') return this.#owner.end(command, 'failed', bridgeSentences.lost)
    if (end.kind === 'refused') return this.#owner.end(command, 'failed', refusedSentence(end))
    // [MQTT] 3.4.2.1: No matching subscribers.
    const sentence = end.reasonCode === 0x10 ? bridgeSentences.nobody : bridgeSentences.delivered
    this.#owner.end(command, 'delivered', sentence)
  }
}
