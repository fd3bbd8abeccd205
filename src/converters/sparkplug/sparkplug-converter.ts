// Sparkplug B 3.0: spBv1.0/{group}/{NBIRTH|NDATA|NDEATH|DBIRTH|DDATA|DDEATH}/{node}[/{device}] with protobuf.
// Births say which metrics there are, and what later messages may call them; deaths say that a node or a device
// is gone. A device is called group/node/device, a node group/node.
import type { Message } from '../../model/message.ts'
import { ConversionError, type Conversation, type Converter, type TopicCaptures } from '../converter.ts'
import { tsFromNumber } from '../reading-time.ts'
import { readingsPerMessageMax, type Readings } from '../readings.ts'
import { quoted, reject, rejection } from '../rejections.ts'
import { ScratchConversation } from '../scratch-conversation.ts'
import { unpacked } from './compressed.ts'
import { NodeState, type Names, type Presence } from './node-state.ts'
import { readPayload, type Metric, type Payload } from './payload.ts'
import { rebirthRequest } from './rebirth.ts'
import { valueOf } from './values.ts'

const topicPattern = /^spBv1\.0\/([^/]+)\/([ND](?:BIRTH|DATA|DEATH|CMD))\/([^/]+)(?:\/([^/]+))?$/
/** A host application's own state, today's topic and the one before. */
const hostState = /^(?:spBv1\.0\/)?STATE\//
const onlineKey = 'online'
const sessionMetric = 'bdSeq'

export class SparkplugConverter implements Converter {
  decode(message: Message, _captures: TopicCaptures, out: Readings, conversation?: Conversation): void {
    const parts = topicPattern.exec(message.topic)
    if (parts === null) {
      if (hostState.test(message.topic)) return
      const expected = 'spBv1.0/{group}/DDATA/{node}/{device}'
      reject('topic_shape', { topic: quoted(message.topic), expected })
    }
    const [, group, type, node, device = ''] = parts
    // Commands go to nodes; they are no readings.
    if (type.endsWith('CMD')) return
    if (type.startsWith('D') === (device === '')) {
      const expected = `spBv1.0/{group}/${type}/{node}${device === '' ? '/{device}' : ''}`
      reject('topic_shape', { topic: quoted(message.topic), expected })
    }
    const payload = unpacked(readPayload(message.source, message.payloadStart, message.payloadEnd))
    const talk = conversation ?? new ScratchConversation()
    new SparkplugMessage(message, group, node, device, payload, out, talk).read(type)
    if (out.count === 0 && out.leftOut !== undefined) throw out.leftOut
  }
}

class SparkplugMessage {
  readonly #message: Message
  readonly #group: string
  readonly #node: string
  readonly #device: string
  readonly #payload: Payload
  readonly #out: Readings
  readonly #conversation: Conversation
  readonly #state: NodeState
  #needsRebirth = false

  constructor(
    message: Message,
    group: string,
    node: string,
    device: string,
    payload: Payload,
    out: Readings,
    conversation: Conversation,
  ) {
    this.#message = message
    this.#group = group
    this.#node = node
    this.#device = device
    this.#payload = payload
    this.#out = out
    this.#conversation = conversation
    this.#state = new NodeState(conversation, `${group}/${node}`)
  }

  read(type: string): void {
    if (type === 'NDEATH') return this.#nodeDeath()
    const before = this.#state.presence()
    const isBirth = type === 'NBIRTH'
    if (!isBirth) this.#checkOrder(before)
    if (isBirth) this.#nodeBirth()
    else if (type === 'DBIRTH') this.#deviceBirth(before)
    else if (type === 'DDEATH') this.#deviceDeath(before)
    else this.#data(before)
    const { seq } = this.#payload
    if (seq !== undefined) this.#state.keepSeq(seq)
    if (this.#needsRebirth) this.#askForRebirth()
  }

  /** Each message of a node counts one on, from 0 to 255 and over; a gap means that one is missing. */
  #checkOrder(before: Presence | undefined): void {
    const { seq } = this.#payload
    const last = this.#state.lastSeq()
    const isKnown = before?.isOnline === true
    const isNext = seq === undefined || last === undefined || seq === last || seq === (last + 1) % 256
    if (!isKnown || !isNext) this.#needsRebirth = true
  }

  #askForRebirth(): void {
    const receivedMs = Math.floor(this.#message.receivedTs / 1000)
    this.#conversation.request(rebirthRequest(this.#group, this.#node, receivedMs))
  }

  #nodeBirth(): void {
    const { metrics, timestamp } = this.#payload
    const bdSeq = bdSeqOf(metrics)
    const birth = `${bdSeq}@${timestamp ?? this.#message.receivedTs}`
    this.#online(this.#name(''), true, this.#payloadTs())
    for (const metric of metrics) this.#add(this.#name(''), metric, metric.name, metric.datatype)
    const hasRoom =
      this.#state.keepPresence({ birth, bdSeq, isOnline: true, devices: [] }) &&
      this.#state.keepNames('', birth, metrics)
    if (!hasRoom) this.#out.leaveOut(rejection('no_room', { node: quoted(this.#name('')) }))
  }

  #deviceBirth(before: Presence | undefined): void {
    const device = this.#name(this.#device)
    this.#online(device, true, this.#payloadTs())
    for (const metric of this.#payload.metrics) this.#add(device, metric, metric.name, metric.datatype)
    // Without the node's own birth there is nothing that the device's could belong to.
    if (before === undefined) return
    const devices = [...new Set([...before.devices, this.#device])]
    const hasRoom =
      this.#state.keepPresence({ ...before, devices }) &&
      this.#state.keepNames(this.#device, before.birth, this.#payload.metrics)
    if (!hasRoom) this.#out.leaveOut(rejection('no_room', { node: quoted(device) }))
  }

  #data(before: Presence | undefined): void {
    const device = this.#name(this.#device)
    const names = this.#state.names(this.#device, before?.birth)
    for (const metric of this.#payload.metrics) this.#addKnown(device, metric, names)
  }

  #addKnown(device: string, metric: Metric, names: Names | undefined): void {
    const known = names?.find(metric)
    if (known === undefined) {
      this.#needsRebirth = true
      if (metric.name === '') {
        if (this.#out.leftOut === undefined) {
          const alias = String(metric.alias ?? 'none')
          this.#out.leaveOut(rejection('alias_unknown', { alias, device: quoted(device) }))
        }
        return
      }
    }
    this.#add(device, metric, known?.name ?? metric.name, metric.datatype || (known?.datatype ?? 0))
  }

  #deviceDeath(before: Presence | undefined): void {
    this.#online(this.#name(this.#device), false, this.#payloadTs())
    if (before === undefined) return
    const devices = before.devices.filter((each) => each !== this.#device)
    this.#state.keepPresence({ ...before, devices })
  }

  /** The will of a connection, made when that began: its own time says nothing, its number says which one. */
  #nodeDeath(): void {
    const before = this.#state.presence()
    const bdSeq = bdSeqOf(this.#payload.metrics)
    if (before !== undefined && bdSeq >= 0 && before.bdSeq >= 0 && bdSeq !== before.bdSeq) return
    this.#online(this.#name(''), false, NaN)
    for (const device of before?.devices ?? []) this.#online(this.#name(device), false, NaN)
    if (before !== undefined) this.#state.keepPresence({ ...before, isOnline: false, devices: [] })
  }

  #add(device: string, metric: Metric, key: string, datatype: number): void {
    if (metric.isTransient || key === sessionMetric) return
    if (metric.isNull) {
      this.#out.nulls++
      return
    }
    this.#orLeaveOut(() => {
      const value = valueOf(key, metric.value, datatype)
      if (value !== undefined) this.#out.add(device, key, this.#ts(metric.timestamp), value)
    })
  }

  #online(device: string, isOnline: boolean, ts: number): void {
    this.#orLeaveOut(() => this.#out.add(device, onlineKey, ts, isOnline))
  }

  /** Metrics stand on their own, and a birth must be known even where a value or the clock of it is wrong. */
  #orLeaveOut(add: () => void): void {
    if (this.#out.count === readingsPerMessageMax && this.#out.leftOut !== undefined) return
    try {
      add()
    } catch (error) {
      if (!(error instanceof ConversionError)) throw error
      this.#out.leaveOut(error)
    }
  }

  #ts(own: number | bigint | undefined): number {
    const ms = own ?? this.#payload.timestamp
    return ms === undefined ? NaN : tsFromNumber(ms, 'ms')
  }

  #payloadTs(): number {
    return this.#ts(undefined)
  }

  #name(device: string): string {
    const node = `${this.#group}/${this.#node}`
    return device === '' ? node : `${node}/${device}`
  }
}

/** -1 where there is none. */
function bdSeqOf(metrics: readonly Metric[]): number {
  const value = metrics.find(({ name }) => name === sessionMetric)?.value
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : -1
}
