// What clients may do, rightly and wrongly, as bytes. Ackstone and Mosquitto get the same, and what they say to it is
// compared: where the specification leaves a choice, people are used to Mosquitto's.
import { bytes, data, packet, properties, raw, uint16, uint32, type Part } from '../fixtures/packets/bytes.ts'

type Version = 4 | 5
/** Who sends what; the first of each client is its CONNECT. */
export type Step = [client: string, sent: Buffer | Answer]
/** The bytes that answer the PUBLISH with this packet identifier. */
export type Answer = (id: number) => Buffer

export interface Behaviour {
  name: string
  version: Version
  steps: Step[]
  /** Why Ackstone does otherwise; undefined: it does the same. */
  differs: string | undefined
}

const versions: readonly Version[] = [4, 5]

interface Connecting {
  flags?: number
  after?: Part[]
  with5?: Part[]
  id?: string
}

function connect(version: Version, id: string, fields: Connecting = {}): Buffer {
  const { flags = 2, after = [], with5 = [] } = fields
  const between = version === 5 ? [properties(...with5)] : []
  return packet(0x10, 'MQTT', version, flags, uint16(0), ...between, id, ...after)
}

function subscribe(version: Version, filters: [string, number][], with5: Part[] = []): Buffer {
  return packet(0x82, uint16(7), ...(version === 5 ? [properties(...with5)] : []), ...filters.flat())
}

function publish(
  version: Version,
  first: number,
  topic: string | Buffer,
  payload: string,
  with5: Part[] = [],
) {
  const name = typeof topic === 'string' ? topic : data(topic)
  const id = (first & 6) === 0 ? [] : [uint16(9)]
  return packet(first, name, ...id, ...(version === 5 ? [properties(...with5)] : []), raw(payload))
}

const ack = (first: number, id: number): Buffer => packet(first, uint16(id))
const will = (version: Version, topic: string): Part[] => [
  ...(version === 5 ? [0] : []),
  topic,
  data(raw('gone')),
]

const all: Behaviour[] = []

function add(name: string, steps: (version: Version) => Step[], only: readonly Version[] = versions): void {
  for (const version of only) all.push({ name, version, steps: steps(version), differs: undefined })
}

/** One client is let in and sends this. */
function addSent(name: string, sent: (version: Version) => Buffer, only = versions): void {
  const steps = (version: Version): Step[] => [
    ['a', connect(version, 'a')],
    ['a', sent(version)],
  ]
  add(name, steps, only)
}

function addConnects(): void {
  const first = (name: string, sent: (version: Version) => Buffer, only = versions): void =>
    add(name, (version) => [['a', sent(version)]], only)
  first('a CONNECT that is right', (v) => connect(v, 'right'))
  first('no client identifier, clean', (v) => connect(v, ''))
  first('no client identifier, not clean', (v) => connect(v, '', { flags: 0 }), [4])
  first('the reserved flag', (v) => connect(v, 'a', { flags: 3 }))
  first('a will at QoS 3', (v) => connect(v, 'a', { flags: 0x1e, after: will(v, 'w') }))
  first('a will QoS without a will', (v) => connect(v, 'a', { flags: 0x0a }))
  first('a will to be retained without a will', (v) => connect(v, 'a', { flags: 0x22 }))
  first('a will with a wildcard in its topic', (v) => connect(v, 'a', { flags: 0x06, after: will(v, 'w/#') }))
  first('a will that is cut short', (v) => connect(v, 'a', { flags: 0x06, after: will(v, 'w').slice(0, -1) }))
  first('a password without a user name', (v) => connect(v, 'a', { flags: 0x42, after: ['secret'] }))
  first('a flag for a user name that is not there', (v) => connect(v, 'a', { flags: 0x82 }))
  first('bytes behind the payload', (v) => connect(v, 'a', { after: [1] }))
  first('another protocol name', () => packet(0x10, 'HTTP', 4, 2, uint16(0), 'a'), [4])
  first('a packet that is no CONNECT', () => packet(0xc0))
  first('Receive Maximum 0', (v) => connect(v, 'a', { with5: [0x21, uint16(0)] }), [5])
  first('Maximum Packet Size 0', (v) => connect(v, 'a', { with5: [0x27, uint32(0)] }), [5])
  first('a session expiry twice', (v) => connect(v, 'a', { with5: [0x11, uint32(1), 0x11, uint32(1)] }), [5])
  first('a property that CONNECT has not', (v) => connect(v, 'a', { with5: [0x23, uint16(1)] }), [5])
  first('an authentication method nobody has', (v) => connect(v, 'a', { with5: [0x15, 'NONE'] }), [5])
  addSent('a second CONNECT', (v) => connect(v, 'a'))
}

function addPublishes(): void {
  addSent('QoS 1 to nobody', (v) => publish(v, 0x32, 'nobody', 'x'))
  addSent('QoS 1 with DUP', (v) => publish(v, 0x3a, 'nobody', 'x'))
  addSent('QoS 2 to nobody', (v) => publish(v, 0x34, 'nobody', 'x'))
  addSent('QoS 0 with DUP', (v) => publish(v, 0x38, 't', 'x'))
  addSent('QoS 3', (v) => publish(v, 0x36, 't', 'x'))
  addSent('packet identifier 0', (v) => packet(0x32, 't', uint16(0), ...(v === 5 ? [0] : []), raw('x')))
  addSent('no packet identifier', () => packet(0x32, 't'))
  addSent('no topic', (v) => publish(v, 0x30, '', 'x'))
  for (const topic of ['a/#', 'a/+', '#', '+']) addSent(`topic ${topic}`, (v) => publish(v, 0x30, topic, 'x'))
  const texts: [string, number[]][] = [
    ['U+0000', [0x61, 0]],
    ['a surrogate', [0x61, 0xed, 0xa0, 0x80]],
    ['an overlong character', [0x61, 0xc0, 0xaf]],
    ['U+0001', [0x61, 1]],
    ['a line feed', [0x61, 0x0a]],
    ['U+007F', [0x61, 0x7f]],
    ['U+009F', [0x61, 0xc2, 0x9f]],
    ['U+FFFE', [0x61, 0xef, 0xbf, 0xbe]],
    ['U+FDD0', [0x61, 0xef, 0xb7, 0x90]],
    ['U+2A6D4', [0x61, 0xf0, 0xaa, 0x9b, 0x94]],
    ['U+FEFF', [0xef, 0xbb, 0xbf, 0x61]],
  ]
  for (const [name, text] of texts) {
    addSent(`a topic with ${name}`, (v) => publish(v, 0x32, Buffer.from(text), 'x'))
    addSent(`a filter with ${name}`, (v) =>
      packet(0x82, uint16(7), ...(v === 5 ? [0] : []), data(Buffer.from(text)), 0),
    )
  }
  for (const topic of ['$SYS/broker/uptime', '$other/t']) {
    for (const first of [0x32, 0x34]) {
      addSent(`QoS ${(first >> 1) & 3} to ${topic}`, (v) => publish(v, first, topic, 'x'))
    }
  }
  const property = (name: string, with5: Part[], topic = 't'): void =>
    addSent(name, (v) => publish(v, 0x32, topic, 'x', with5), [5])
  property('payload format 2', [1, 2])
  property('payload format twice', [1, 1, 1, 1])
  property('a property cut short', [1])
  property('an unknown property', [0x7e, 1])
  property('a property of CONNECT', [0x11, uint32(1)])
  property('topic alias 0', [0x23, uint16(0)])
  property('a topic alias beyond the maximum', [0x23, uint16(60_000)])
  property('a topic alias that means nothing', [0x23, uint16(1)], '')
  property('a topic alias twice', [0x23, uint16(1), 0x23, uint16(2)])
  property('a response topic with a wildcard', [8, 'a/+'])
  property('a subscription identifier', [0x0b, 1])
  property('empty correlation data', [9, uint16(0)])
  property('message expiry 0', [2, uint32(0)])
}

function addSubscriptions(): void {
  const one = (name: string, filter: string, options = 0, with5: Part[] = [], only = versions): void =>
    addSent(name, (v) => subscribe(v, [[filter, options]], with5), only)
  for (const filter of ['#', '+', 'a/+/b', '+/+', '/', 'a//b', '$SYS/#', 'a/#', 'sport/tennis/#']) {
    one(`filter ${filter}`, filter, 1)
  }
  for (const filter of ['', 'a#', '#/a', 'a/#/b', '+a', 'a+', 'a/b+']) one(`bad filter ${filter}`, filter)
  for (const filter of ['$share/g/t', '$share/g/#']) one(`shared filter ${filter}`, filter, 1, [], [5])
  for (const filter of ['$share/', '$share/g', '$share/g/', '$share//t', '$share/g+/t', '$share/g#/t']) {
    one(`bad shared filter ${filter}`, filter, 0, [], [5])
  }
  one('QoS 3 in SUBSCRIBE', 'a', 3)
  one('reserved options', 'a', 0xc0)
  one('retain handling 3', 'a', 0x30, [], [5])
  one('options of 5.0 in 3.1.1', 'a', 0x04, [], [4])
  one('no local on a shared subscription', '$share/g/t', 4, [], [5])
  one('subscription identifier 0', 'a', 0, [0x0b, 0], [5])
  one('two subscription identifiers', 'a', 0, [0x0b, 1, 0x0b, 2], [5])
  addSent('SUBSCRIBE without filters', (v) => subscribe(v, []))
  addSent('SUBSCRIBE with identifier 0', (v) => packet(0x82, uint16(0), ...(v === 5 ? [0] : []), 'a', 0))
  addSent('SUBSCRIBE with other flags', (v) => bytes(0x80, subscribe(v, [['a', 0]]).subarray(1)))
  addSent('SUBSCRIBE cut before the options', (v) => packet(0x82, uint16(7), ...(v === 5 ? [0] : []), 'a'))
  const filters: [string, number][] = [
    ['x', 0],
    ['y', 1],
    ['z', 2],
  ]
  addSent('three filters', (v) => subscribe(v, filters))
  addSent('UNSUBSCRIBE of what is not there', (v) => packet(0xa2, uint16(7), ...(v === 5 ? [0] : []), 'a'))
  addSent('UNSUBSCRIBE without filters', (v) => packet(0xa2, uint16(7), ...(v === 5 ? [0] : [])))
  addSent('UNSUBSCRIBE with a bad filter', (v) => packet(0xa2, uint16(7), ...(v === 5 ? [0] : []), 'a#'))
  addSent('UNSUBSCRIBE with other flags', (v) => packet(0xa0, uint16(7), ...(v === 5 ? [0] : []), 'a'))
}

/** Packets out of turn. */
function addFlows(): void {
  for (const [name, first] of [
    ['PUBACK', 0x40],
    ['PUBREC', 0x50],
    ['PUBREL', 0x62],
    ['PUBCOMP', 0x70],
  ] as const) {
    addSent(`${name} for what is not known`, () => ack(first, 1234))
    addSent(`${name} with identifier 0`, () => ack(first, 0))
    addSent(`${name} with other flags`, () => ack(first ^ 1, 1))
  }
  for (const [name, first] of [
    ['CONNACK', 0x20],
    ['SUBACK', 0x90],
    ['UNSUBACK', 0xb0],
    ['PINGRESP', 0xd0],
    ['packet type 0', 0x00],
  ] as const) {
    addSent(`${name} from a client`, () => packet(first, ...(first === 0xd0 || first === 0 ? [] : [0, 0])))
  }
  addSent('AUTH without a method', () => packet(0xf0, 0x18, 0))
  addSent('PINGREQ with a body', () => packet(0xc0, 1, 2))
  addSent('PINGREQ with flags', () => packet(0xc1))
  addSent('DISCONNECT with flags', () => packet(0xe1))
  addSent('DISCONNECT with a body in 3.1.1', () => packet(0xe0, 0), [4])
  addSent('DISCONNECT that makes the session lasting', () => packet(0xe0, 0, 5, 0x11, uint32(9)), [5])
  const delivered = (first: number, options: number, answers: Answer[]) => {
    return (v: Version): Step[] => [
      ['a', connect(v, 'a')],
      ['a', subscribe(v, [['d', options]])],
      ['b', connect(v, 'b')],
      // Mosquitto hands a QoS 2 message on when it is released.
      ['b', bytes(publish(v, first, 'd', 'x'), ...(first === 0x34 ? [ack(0x62, 9)] : []))],
      ...answers.map((answer): Step => ['a', answer]),
    ]
  }
  const puback: Answer = (id) => ack(0x40, id)
  const pubrec: Answer = (id) => ack(0x50, id)
  const pubcomp: Answer = (id) => ack(0x70, id)
  add('QoS 1 is acknowledged', delivered(0x32, 1, [puback]))
  add('QoS 2 is acknowledged', delivered(0x34, 2, [pubrec, pubcomp]))
  add('PUBREC for QoS 1', delivered(0x32, 1, [pubrec]))
  add('PUBCOMP for QoS 1', delivered(0x32, 1, [pubcomp]))
  add('PUBACK for QoS 2', delivered(0x34, 2, [puback]))
  add('PUBCOMP before PUBREC', delivered(0x34, 2, [pubcomp]))
  add('PUBACK after PUBREL', delivered(0x34, 2, [pubrec, puback]))
  add('PUBREC twice', delivered(0x34, 2, [pubrec, pubrec, pubcomp]))
  add('QoS 2 twice before its release', (v) => [
    ['a', connect(v, 'a')],
    ['a', publish(v, 0x34, 'd', 'x')],
    ['a', publish(v, 0x3c, 'd', 'x')],
    ['a', ack(0x62, 9)],
    ['a', ack(0x62, 9)],
  ])
}

function addMessages(): void {
  const own = (
    name: string,
    subscriptions: [string, number][],
    sent: Buffer[][],
    only = versions,
    with5: Part[] = [],
  ) =>
    add(
      name,
      (v) => [
        ['a', connect(v, 'a')],
        ['a', subscribe(v, subscriptions, v === 5 ? with5 : [])],
        ...sent[v === 5 ? 1 : 0]!.map((one): Step => ['a', one]),
      ],
      only,
    )
  const both = (...sent: [first: number, topic: string, payload: string, with5?: Part[]][]): Buffer[][] =>
    versions.map((v) =>
      sent.map(([first, topic, payload, with5]) => publish(v, first, topic, payload, with5)),
    )
  own('a message of its own', [['m', 1]], both([0x30, 'm', 'x']))
  own(
    'a wildcard and a topic with $',
    [
      ['#', 0],
      ['+/t', 0],
    ],
    both([0x30, '$m/t', 'x'], [0x30, 'm/t', 'y']),
  )
  own('retained and live', [['m', 0]], both([0x31, 'm', 'x'], [0x31, 'm', '']))
  own('retain as published', [['m', 8]], both([0x31, 'm', 'x'], [0x31, 'm', '']), [5])
  own('no local', [['m', 4]], both([0x30, 'm', 'x']), [5])
  own('user properties', [['m', 0]], both([0x30, 'm', 'x', [0x26, 'a', 'b', 0x26, 'a', 'c']]), [5])
  own('a subscription identifier comes back', [['m', 0]], both([0x30, 'm', 'x']), [5], [0x0b, 5])
  own(
    'topic aliases',
    [['m', 0]],
    both([0x30, 'm', 'x', [0x23, uint16(1)]], [0x30, '', 'y', [0x23, uint16(1)]]),
    [5],
  )
  own(
    'two filters that overlap',
    [
      ['o/#', 1],
      ['o/t', 0],
    ],
    both([0x32, 'o/t', 'x']),
    versions,
  )
  add('a retained message for who comes later, and what is left when it is cleared', (v) => [
    ['a', connect(v, 'a')],
    ['a', publish(v, 0x33, 'kept/1', 'x')],
    ['b', connect(v, 'b')],
    ['b', subscribe(v, [['kept/+', 1]])],
    ['a', publish(v, 0x31, 'kept/1', '')],
    ['c', connect(v, 'c')],
    ['c', subscribe(v, [['kept/+', 1]])],
  ])
  add('somebody takes over', (v) => [
    ['a', connect(v, 'same')],
    ['b', connect(v, 'same')],
    ['b', packet(0xc0)],
  ])
  for (const [name, last] of [
    ['without a word', undefined],
    ['with DISCONNECT', packet(0xe0)],
    ['with a bad packet', packet(0x36, 'q', uint16(1))],
    ['with DISCONNECT 0x04', packet(0xe0, 4)],
  ] as const) {
    const only = name.endsWith('0x04') ? [5 as const] : versions
    const steps = (v: Version): Step[] => [
      ['b', connect(v, 'b')],
      ['b', subscribe(v, [['w', 0]])],
      ['a', connect(v, 'a', { flags: 0x06, after: will(v, 'w') })],
      last === undefined ? ['c', connect(v, 'a')] : ['a', last],
    ]
    add(`a will when the client leaves ${name}`, steps, only)
  }
  add('a session that is resumed has its subscriptions and its messages', (v) => [
    ['a', connect(v, 'lasting', { flags: 0, with5: [0x11, uint32(60)] })],
    ['a', subscribe(v, [['q', 1]])],
    ['a', packet(0xe0)],
    ['b', connect(v, 'b')],
    ['b', publish(v, 0x32, 'q', 'x')],
    ['c', connect(v, 'lasting', { flags: 0, with5: [0x11, uint32(60)] })],
    ['c', packet(0xe0)],
    ['d', connect(v, 'lasting')],
  ])
}

addConnects()
addPublishes()
addSubscriptions()
addFlows()
addMessages()

/** Where Ackstone does otherwise, by name. */
const reasons: [name: RegExp, reason: string][] = [
  [/^QoS 0 with DUP$/, 'Malformed [MQTT-3.3.1-2]; newer Mosquittos refuse it too.'],
  [/^5.0 QoS 2 to nobody$|^5.0 QoS 2 to \$other/, 'PUBREC says 0x10, as PUBACK does.'],
  [/^5.0 QoS 2 twice/, 'PUBREC says 0x10; PUBCOMP for what is not known says 0x92.'],
  [/^3.1.1 QoS . to \$SYS/, 'An answer would say that the message was taken.'],
  [
    /^5.0 (payload format 2|a response topic with a wildcard|a subscription identifier)$/,
    'Errors by section 3.3.2.3.',
  ],
  [/^filter \$SYS/, 'Other figures.'],
  [/^bad shared filter \$share\/(g\/?|\/t)?$/, 'Malformed [MQTT-4.8.2-1] [MQTT-4.8.2-2].'],
  [/^no local on a shared subscription$/, 'A protocol error [MQTT-3.8.3-4].'],
  [/^(PUBACK|PUBREC|PUBCOMP|PINGREQ) with (other )?flags$/, 'Malformed [MQTT-2.1.3-1].'],
  [/^PINGREQ with a body$/, 'It has none, section 3.12.2.'],
  [/^PINGRESP from a client$/, 'Only servers send it, section 2.1.2.'],
  [/^5.0 PUB(REC|REL) for what is not known$/, 'The reason code 0x92, section 4.3.3.'],
  [
    /^5.0 a wildcard and a topic with|two filters that overlap$/,
    'One copy, at the highest QoS [MQTT-3.3.4-2].',
  ],
]

export const behaviours: readonly Behaviour[] = all.map((behaviour) => {
  const full = `${behaviour.version === 5 ? '5.0' : '3.1.1'} ${behaviour.name}`
  const known = reasons.find(([name]) => name.test(full) || name.test(behaviour.name))
  return { ...behaviour, differs: known?.[1] }
})
