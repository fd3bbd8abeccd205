// An integration while it is being set up. It lives in this browser until it is saved, so that a reload, a closed tab
// or a step back loses nothing. Passwords and keys are the exception: they stay in memory and are asked for again.

export type Qos = 0 | 1 | 2
export type StepId = 'source' | 'topics' | 'qos' | 'converter' | 'check'
export const stepIds: readonly StepId[] = ['source', 'topics', 'qos', 'converter', 'check']

export interface DraftTopic {
  filter: string
  qos: Qos
}

export interface DraftConnection {
  url: string
  protocolVersion: 'auto' | '5' | '4'
  clientId: string
  auth: 'none' | 'password' | 'certificate'
  username: string
  password: string
  ca: string
  cert: string
  key: string
  verify: boolean
  cleanStart: boolean
  /** Seconds, as typed. */
  sessionExpiry: string
  keepAlive: string
}

export interface ConverterSpec {
  type: string
  [option: string]: unknown
}

/** A message that came while it was listened. */
export interface Sample {
  topic: string
  qos: Qos
  retained: boolean
  receivedAt: string
  bytes: number
  /** The beginning as text; null where it is not UTF-8, and then as base64. */
  payload: string | null
  payloadBase64: string | null
  isCut: boolean
}

/** Figures about what came while it was listened. Shares are from 0 to 1. */
export interface Seen {
  at: string
  seconds: number
  messages: number
  topics: number
  perSecond: number
  bytesMean: number
  publishQos: { qos0: number; qos1: number; qos2: number }
  retained: number
  json: number | undefined
  withTs: number | undefined
  cumulative: number | undefined
  delta: number | undefined
  samples: Sample[]
}

export interface Draft {
  id: string
  /** The integration that is being changed; undefined for a new one. */
  changes: string | undefined
  savedAt: number
  step: StepId
  /** How many steps have been reached. */
  reached: number
  kind: 'direct' | 'bridge'
  name: string
  connection: DraftConnection
  connections: string
  topics: DraftTopic[]
  /** Each topic has its own QoS, instead of one for all. */
  isQosByTopic: boolean
  converter: ConverterSpec
  /** A person chose the converter; a suggestion leaves it alone then. */
  isConverterChosen: boolean
  duplicates: 'overwrite' | 'ignore'
  /** How devices get commands: not asked for here, and kept. */
  downlink?: object | undefined
  seen: Seen | undefined
}

const storagePrefix = 'ackstone.draft.'
export const draftsMax = 20

export function newDraft(id: string): Draft {
  return {
    id,
    changes: undefined,
    savedAt: Date.now(),
    step: 'source',
    reached: 1,
    kind: 'direct',
    name: '',
    connection: {
      url: '',
      protocolVersion: 'auto',
      clientId: '',
      auth: 'none',
      username: '',
      password: '',
      ca: '',
      cert: '',
      key: '',
      verify: true,
      cleanStart: false,
      sessionExpiry: '604800',
      keepAlive: '60',
    },
    connections: '1',
    topics: [{ filter: '', qos: 0 }],
    isQosByTopic: false,
    converter: { type: 'json' },
    isConverterChosen: false,
    duplicates: 'overwrite',
    seen: undefined,
  }
}

export function newDraftId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}

/** undefined when this browser has none of that name. */
export function loadDraft(id: string): Draft | undefined {
  const text = localStorage.getItem(storagePrefix + id)
  if (text === null) return undefined
  const blank = newDraft(id)
  try {
    const kept = JSON.parse(text) as Partial<Draft>
    return { ...blank, ...kept, connection: { ...blank.connection, ...kept.connection } }
  } catch {
    // Written by something else under our name: as good as not there.
    return undefined
  }
}

/** Keeps a draft; the oldest makes room when there are many. */
export function keepDraft(draft: Draft): void {
  const { connection } = draft
  const kept: Draft = { ...draft, savedAt: Date.now(), connection: { ...connection, password: '', key: '' } }
  for (const old of listDrafts().slice(draftsMax - 1)) if (old.id !== draft.id) dropDraft(old.id)
  try {
    localStorage.setItem(storagePrefix + draft.id, JSON.stringify(kept))
  } catch {
    // The browser's room is used up: the samples are what is large, and can be listened for again.
    localStorage.setItem(storagePrefix + draft.id, JSON.stringify({ ...kept, seen: undefined }))
  }
}

export function dropDraft(id: string): void {
  localStorage.removeItem(storagePrefix + id)
}

/** Newest first. */
export function listDrafts(): Draft[] {
  const names = Array.from({ length: localStorage.length }, (_, index) => localStorage.key(index) ?? '')
  return names
    .filter((name) => name.startsWith(storagePrefix))
    .map((name) => loadDraft(name.slice(storagePrefix.length)))
    .filter((draft) => draft !== undefined)
    .toSorted((a, b) => b.savedAt - a.savedAt)
}

/** What the API takes, without what this kind has no use for. */
export function draftBody(draft: Draft, enabled: boolean): Record<string, unknown> {
  const { kind, name, converter, duplicates, downlink } = draft
  const topics = draft.topics
    .filter(({ filter }) => filter.trim() !== '')
    .map(({ filter, qos }) => ({ filter: filter.trim(), qos }))
  const common = { name: name.trim(), kind, topics, converter, duplicates, enabled }
  const body = downlink === undefined ? common : { ...common, downlink }
  if (kind === 'direct') return body
  const connections = Number(draft.connections)
  return { ...body, connection: connectionBody(draft.connection), ...(connections > 1 && { connections }) }
}

export function connectionBody(connection: DraftConnection): Record<string, unknown> {
  const { url, protocolVersion, clientId, auth, username, password, ca, cert, key } = connection
  return {
    url: url.trim(),
    ...(protocolVersion !== 'auto' && { protocolVersion: Number(protocolVersion) }),
    ...(clientId.trim() !== '' && { clientId: clientId.trim() }),
    ...(auth === 'password' && { username, ...(password !== '' && { password }) }),
    ...(auth === 'certificate' && { cert, ...(key !== '' && { key }) }),
    ...(ca.trim() !== '' && { ca }),
    ...(!connection.verify && { verify: false }),
    cleanStart: connection.cleanStart,
    sessionExpiry: Number(connection.sessionExpiry),
    keepAlive: Number(connection.keepAlive),
  }
}

/** Whether the connection is encrypted. */
export function isEncrypted(url: string): boolean {
  return /^(mqtts|ssl|wss):/i.test(url.trim())
}
