// The broker's durable records as bytes: sessions, queued copies, retained messages. (What came in has a
// journal of its own, see inbound.ts.) Every record begins with the number of its format.
//
//   space "session"   key: session, which is [owner, U+0001] client identifier
//     format u8 = 1 | flags u8 (1 lasting, 2 has a journal in
//     "inbound", 4 cut off, 8 every will is due) | expiryS u32 | endedTs f64
//     | queueStart f64 | device text | count u16 | subscription* | count u8 | will*, without flag 8 the last is not due
//     | sentNumber f64 (-1 not known) | unanswered f64 (-1 not known) | awaitedSinceTs f64 (-1 none)
//       subscription := filter text | options u8 (as in SUBSCRIBE, 64 owed retained messages) | identifier
// u32 (0 for none)       will         := delayS u32 message with retain
//   space "queue"     key: session, or U+0001 $share/name/filter of a group; U+0000, number of the copy in
// 14 hexadecimal digits     format u8 = 1 | state u8 (0 to be published, 1 PUBREC came: to be released) |
// flags u8 (QoS, 4 retain)     | identifier count u16 | identifier u32* | message
//                     key: U+0001 "owed" or U+0001 "done", U+0000, number: see owed-copies.ts
//     format u8 = 1 | QoS u8 | session of the publisher text (empty for none) | message with retain
//   space "retained"  key: topic name
//     format u8 = 1 | message | owner text (absent for none)
//   message := qos u8 (8 retain) | expiresTs f64 | topic text | properties text (JSON, empty for none)
//     | payload
import { assert } from '../lib/assert.ts'
import type { Qos } from '../model/message.ts'
import type { Properties } from '../mqtt/packet.ts'
import { RoutedMessage } from './routed-message.ts'
import { StateReader, StateWriter } from '../lib/state-bytes.ts'

const format = 1

export interface StoredSubscription {
  filter: string
  qos: Qos
  noLocal: boolean
  retainAsPublished: boolean
  retainHandling: 0 | 1 | 2
  /** 0 for none. */
  identifier: number
  /** Not all of its retained messages have been given out. */
  isOwed?: boolean
}

export interface StoredWill {
  delayS: number
  isRetained: boolean
  message: RoutedMessage
}

export interface SessionRecord {
  /** It outlives its connection: subscriptions and queue are kept. */
  isLasting: boolean
  hasJournal: boolean
  /** Its last connection ended without DISCONNECT. */
  isCutOff: boolean
  expiryS: number
  /** When its connection ended, integer microseconds; 0 while connected. */
  endedTs: number
  /** Copies in the queue up to this number belong to an earlier session. */
  queueStart: number
  device: string
  subscriptions: StoredSubscription[]
  will: StoredWill | undefined
  /** Wills that were due and are being converted, oldest first; of more than 254, the newest are left out. */
  dueWills: readonly StoredWill[]
  /** Copies in the queue up to this number may have been sent; undefined when that is not known, as after a
   *  kill while connected. */
  sentNumber: number | undefined
  /** How many of the newest messages with a decided time were not answered over the last connection; undefined
   *  when that is not known, as after a kill while connected. */
  unanswered: number | undefined
  /** The lowest time, integer microseconds, of a message that was unanswered before the last connection began and had
   *  not come again over it; undefined for none. */
  awaitedSinceTs?: number | undefined
}

const isOwedFlag = 64
const dueWillsMax = 254
/** Stands for what is not known. */
const unknown = -1

export function encodeSession(record: SessionRecord): Buffer {
  const wills = [
    ...record.dueWills.slice(0, dueWillsMax),
    ...(record.will === undefined ? [] : [record.will]),
  ]
  const flags = (record.isLasting ? 1 : 0) | (record.hasJournal ? 2 : 0) | (record.isCutOff ? 4 : 0)
  const out = new StateWriter()
    .u8(format)
    .u8(flags | (record.will === undefined ? 8 : 0))
    .u32(record.expiryS)
    .f64(record.endedTs)
    .f64(record.queueStart)
    .text(record.device)
    .u16(record.subscriptions.length)
  for (const {
    filter,
    qos,
    noLocal,
    retainAsPublished,
    retainHandling,
    identifier,
    isOwed,
  } of record.subscriptions) {
    const options =
      qos |
      (noLocal ? 4 : 0) |
      (retainAsPublished ? 8 : 0) |
      (retainHandling << 4) |
      (isOwed === true ? isOwedFlag : 0)
    out.text(filter).u8(options).u32(identifier)
  }
  out.u8(wills.length)
  for (const { delayS, message, isRetained } of wills) writeMessage(out.u32(delayS), message, isRetained)
  return out
    .f64(record.sentNumber ?? unknown)
    .f64(record.unanswered ?? unknown)
    .f64(record.awaitedSinceTs ?? unknown)
    .take()
}

export function decodeSession(bytes: Uint8Array): SessionRecord {
  const reader = open(bytes)
  const flags = reader.u8()
  const record: SessionRecord = {
    isLasting: (flags & 1) !== 0,
    hasJournal: (flags & 2) !== 0,
    isCutOff: (flags & 4) !== 0,
    expiryS: reader.u32(),
    endedTs: reader.f64(),
    queueStart: reader.f64(),
    device: reader.text(),
    subscriptions: [],
    will: undefined,
    dueWills: [],
    sentNumber: undefined,
    unanswered: 0,
  }
  for (let count = reader.u16(); count > 0; count--) record.subscriptions.push(readSubscription(reader))
  const wills: StoredWill[] = []
  for (let count = reader.u8(); count > 0; count--) {
    const delayS = reader.u32()
    wills.push({ delayS, ...readMessage(reader) })
  }
  if ((flags & 8) === 0) record.will = wills.pop()
  record.dueWills = wills
  const sentNumber = reader.isAtEnd ? unknown : reader.f64()
  if (sentNumber !== unknown) record.sentNumber = sentNumber
  if (!reader.isAtEnd) {
    const unanswered = reader.f64()
    record.unanswered = unanswered === unknown ? undefined : unanswered
  }
  const awaitedSinceTs = reader.isAtEnd ? unknown : reader.f64()
  if (awaitedSinceTs !== unknown) record.awaitedSinceTs = awaitedSinceTs
  return record
}

function readSubscription(reader: StateReader): StoredSubscription {
  const filter = reader.text()
  const options = reader.u8()
  return {
    filter,
    qos: (options & 3) as Qos,
    noLocal: (options & 4) !== 0,
    retainAsPublished: (options & 8) !== 0,
    retainHandling: ((options >> 4) & 3) as 0 | 1 | 2,
    identifier: reader.u32(),
    ...((options & isOwedFlag) === 0 ? {} : { isOwed: true }),
  }
}

export interface QueuedCopy {
  /** PUBREC came: only its release is left to do. */
  isReceived: boolean
  qos: Qos
  isRetained: boolean
  identifiers: readonly number[] | undefined
  message: RoutedMessage
}

export function encodeQueued(copy: QueuedCopy): Buffer {
  const identifiers = copy.identifiers ?? []
  const out = new StateWriter()
    .u8(format)
    .u8(copy.isReceived ? 1 : 0)
    .u8(copy.qos | (copy.isRetained ? 4 : 0))
    .u16(identifiers.length)
  for (const identifier of identifiers) out.u32(identifier)
  writeMessage(out, copy.message, false)
  return out.take()
}

export function decodeQueued(bytes: Uint8Array): QueuedCopy {
  const reader = open(bytes)
  const isReceived = reader.u8() === 1
  const flags = reader.u8()
  const identifiers: number[] = []
  for (let count = reader.u16(); count > 0; count--) identifiers.push(reader.u32())
  return {
    isReceived,
    qos: (flags & 3) as Qos,
    isRetained: (flags & 4) !== 0,
    identifiers: identifiers.length === 0 ? undefined : identifiers,
    message: readMessage(reader).message,
  }
}

const numberDigits = 14

/** Keys of one session sort by number. */
export function queueKey(sessionKey: string, number: number): string {
  return `${sessionKey}\u0000${number.toString(16).padStart(numberDigits, '0')}`
}

/** Of a shared subscription's queue; no session has such a key. */
export function groupKey(text: string): string {
  return `\u0001${text}`
}

/** Begins the keys of what is no queue; no session and no group has such a key. */
export function specialKey(name: 'owed' | 'done'): string {
  return `\u0001${name}`
}

/** Whether an entry of the space belongs to a message whose copies are still to be made. */
export function isSpecialKey(sessionKey: string): boolean {
  return sessionKey === specialKey('owed') || sessionKey === specialKey('done')
}

/** The shared subscription whose queue this is; undefined for a session's. */
export function groupOf(key: string): string | undefined {
  return key.startsWith('\u0001') ? key.slice(1) : undefined
}

export function parseQueueKey(key: string): { sessionKey: string; number: number } {
  const end = key.length - numberDigits
  return { sessionKey: key.slice(0, end - 1), number: Number.parseInt(key.slice(end), 16) }
}

/** A message of which lasting sessions are to have copies. */
export interface OwedMessage {
  message: RoutedMessage
  qos: Qos
  isRetained: boolean
  /** Key of the session that published it; empty for none. */
  publisher: string
}

export function encodeOwed({ message, qos, isRetained, publisher }: OwedMessage): Buffer {
  const out = new StateWriter().u8(format).u8(qos).text(publisher)
  writeMessage(out, message, isRetained)
  return out.take()
}

export function decodeOwed(bytes: Uint8Array): OwedMessage {
  const reader = open(bytes)
  const qos = reader.u8() as Qos
  const publisher = reader.text()
  return { qos, publisher, ...readMessage(reader) }
}

/** @param owner of the session that published it; empty for none. */
export function encodeRetained(message: RoutedMessage, owner: string): Buffer {
  const out = new StateWriter().u8(format)
  writeMessage(out, message, true)
  if (owner !== '') out.text(owner)
  return out.take()
}

export function decodeRetained(bytes: Uint8Array): { message: RoutedMessage; owner: string } {
  const reader = open(bytes)
  const { message } = readMessage(reader)
  return { message, owner: reader.isAtEnd ? '' : reader.text() }
}

function open(bytes: Uint8Array): StateReader {
  const reader = new StateReader(bytes)
  assert(reader.u8() === format, 'a stored record has the format of this version')
  return reader
}

function writeMessage(out: StateWriter, message: RoutedMessage, isRetained: boolean): void {
  out
    .u8(message.qos | (isRetained ? 8 : 0))
    .f64(message.expiresTs)
    .text(message.topic)
  out.text(encodeProperties(message.properties)).bytes(message.payload)
}

function readMessage(reader: StateReader): { message: RoutedMessage; isRetained: boolean } {
  const flags = reader.u8()
  const expiresTs = reader.f64()
  const topic = reader.text()
  const properties = decodeProperties(reader.text())
  // The record is the store's; what stays in memory is a copy of its own.
  const payload = Buffer.from(reader.bytes())
  const message = new RoutedMessage(topic, payload, (flags & 3) as Qos, properties, expiresTs)
  return { message, isRetained: (flags & 8) !== 0 }
}

function encodeProperties(properties: Properties | undefined): string {
  if (properties === undefined) return ''
  const { correlationData, ...rest } = properties
  if (correlationData === undefined) return JSON.stringify(rest)
  return JSON.stringify({ ...rest, correlationData: Buffer.from(correlationData).toString('base64') })
}

function decodeProperties(text: string): Properties | undefined {
  if (text === '') return undefined
  const { correlationData, ...rest } = JSON.parse(text) as Properties & { correlationData?: string }
  if (correlationData === undefined) return rest
  return { ...rest, correlationData: Buffer.from(correlationData, 'base64') }
}
