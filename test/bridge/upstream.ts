// Brokers that a bridge of the drill is attached to, each with a port that outlives its deaths.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kinds, type Kind } from '../crash/ledger.ts'
import { HubProcess } from '../hub.ts'
import { freePort, startMosquitto } from '../mosquitto-broker.ts'
import type { RabbitMq } from './rabbitmq-broker.ts'

export interface Upstream {
  name: string
  port: number
  /** Whether what it acknowledged survives its end. */
  keepsItsWord: boolean
  /** What devices publish at it. */
  kinds: readonly Kind[]
  /** Whether a message that comes again has the packet identifier that it had. [MQTT-4.4.0-1] */
  keepsIdentifiers: boolean
  halt(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  again(): Promise<void>
  /** The end, and nothing of it stays. */
  stop(): Promise<void>
}

/** A busy machine is not what is judged. */
const readyMsMax = 180_000
/** Nothing may be dropped from the session's queue while the drill takes its time. */
const mosquittoLines = ['max_queued_messages 0', 'max_inflight_messages 0']

/** Debian's Mosquitto. It writes its state now and then only, so what it acknowledged before a SIGKILL may be
 *  gone, or come again. And a QoS 2 message that a device has not released yet is gone after any restart. */
export async function mosquittoUpstream(path: string): Promise<Upstream> {
  const broker = await startMosquitto(path, mosquittoLines, true)
  return { name: 'Mosquitto', keepsItsWord: false, keepsIdentifiers: true, kinds, ...broker }
}

/** The same for a hub of ours, which ends a session whose queue is full. */
const queueLimits = {
  ACKSTONE_LIMITS_QUEUE_MESSAGES_MAX: '1000000',
  ACKSTONE_LIMITS_QUEUE_BYTES_MAX: String(512 * 1024 * 1024),
}

/** Another hub of ours as the broker, which keeps its word through a SIGKILL. */
export async function ackstoneUpstream(): Promise<Upstream> {
  const folder = mkdtempSync(join(tmpdir(), 'ackstone-upstream-'))
  const port = await freePort()
  const start = (): Promise<HubProcess> =>
    HubProcess.start({ folder, flags: ['--mqtt-port', String(port)], readyMsMax, env: queueLimits })
  let hub = await start()
  const halt = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    await (signal === 'SIGKILL' ? hub.kill() : hub.stop())
  }
  return {
    ...{ name: 'Ackstone', port, keepsItsWord: true, keepsIdentifiers: true, kinds, halt },
    again: async () => void (hub = await start()),
    stop: async () => {
      await halt('SIGTERM')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Debian's RabbitMQ, which has no QoS 2 and stays up. It gives what comes again a new identifier, so without a
 *  time in the payload nobody can tell it from a new message. */
export function rabbitMqUpstream({ port, stop }: RabbitMq): Upstream {
  const never = (): never => assert.fail('RabbitMQ stays up')
  return {
    ...{ name: 'RabbitMQ', port, keepsItsWord: true, keepsIdentifiers: false, kinds: ['q1ts', 'q1plain'] },
    ...{ halt: never, again: never, stop },
  }
}
