// The three levels of Quality of Service as the wizard and the advisor tell them: what each promises, what can be
// lost or repeated, and who sends what when all goes well and when a packet is lost.
import type { SequenceStep } from '../../ui/sequence-diagram.tsx'
import type { Qos } from './draft.ts'

export interface QosLevel {
  qos: Qos
  title: string
  /** Two or three full sentences. */
  promise: string
  lost: string
  repeated: string
  goodFor: string
}

export const qosLevels: readonly QosLevel[] = [
  {
    qos: 0,
    title: 'At most once',
    promise: 'The sender gets no answer. A reading that is lost on the way is lost, and nobody is told.',
    lost: 'Any message: on the way, and while the hub is away.',
    repeated: 'Nothing.',
    goodFor: 'Readings that the next one replaces, on a reliable network, at the lowest cost.',
  },
  {
    qos: 1,
    title: 'At least once',
    promise:
      'The answer leaves only after the reading is stored. Without it the sender sends again, and a repeat lands on the same row.',
    lost: 'Nothing that was acknowledged. What has no answer yet, the sender still has.',
    repeated: 'A message may come twice. With a time in the payload the repeat overwrites its own row.',
    goodFor: 'Most readings: those that carry their own time, or totals that only grow.',
  },
  {
    qos: 2,
    title: 'Exactly once',
    promise:
      'The answer leaves only after the reading and the number of the message are stored together. A repeat is known by that number.',
    lost: 'Nothing that was acknowledged. What has no answer yet, the sender still has.',
    repeated: 'Nothing: not after a crash either, with or without a time in the payload.',
    goodFor: 'Counts and events without a time, where a repeat would make a wrong total.',
  },
]

export type Course = 'well' | 'lost'

/** Lanes: 0 the sender, 1 Ackstone, 2 the store. */
export function sequenceOf(qos: Qos, course: Course): SequenceStep[] {
  if (qos === 0) return course === 'well' ? atMostOnce : atMostOnceLost
  if (qos === 1) return course === 'well' ? atLeastOnce : atLeastOnceLost
  return course === 'well' ? exactlyOnce : exactlyOnceLost
}

const sender = 0
const hub = 1
const store = 2

const atMostOnce: SequenceStep[] = [
  { kind: 'data', from: sender, to: hub, label: 'PUBLISH' },
  { kind: 'data', from: hub, to: store, label: 'with the next commit' },
  { kind: 'stored', at: store, label: 'stored' },
]

const atMostOnceLost: SequenceStep[] = [
  { kind: 'lost', from: sender, to: hub, label: 'PUBLISH' },
  { kind: 'note', at: sender, label: 'not told, and goes on' },
  { kind: 'note', at: store, label: 'this reading is missing' },
]

const atLeastOnce: SequenceStep[] = [
  { kind: 'data', from: sender, to: hub, label: 'PUBLISH' },
  { kind: 'data', from: hub, to: store, label: 'commit' },
  { kind: 'stored', at: store, label: 'stored' },
  { kind: 'answer', from: hub, to: sender, label: 'PUBACK' },
]

const atLeastOnceLost: SequenceStep[] = [
  { kind: 'data', from: sender, to: hub, label: 'PUBLISH' },
  { kind: 'data', from: hub, to: store, label: 'commit' },
  { kind: 'stored', at: store, label: 'stored' },
  { kind: 'lost', from: hub, to: sender, label: 'PUBACK' },
  { kind: 'note', at: sender, label: 'no answer: sends again' },
  { kind: 'data', from: sender, to: hub, label: 'PUBLISH, DUP' },
  { kind: 'data', from: hub, to: store, label: 'commit' },
  { kind: 'stored', at: store, label: 'the same row again' },
  { kind: 'answer', from: hub, to: sender, label: 'PUBACK' },
]

const exactlyOnce: SequenceStep[] = [
  { kind: 'data', from: sender, to: hub, label: 'PUBLISH' },
  { kind: 'data', from: hub, to: store, label: 'commit, with its number' },
  { kind: 'stored', at: store, label: 'stored' },
  { kind: 'answer', from: hub, to: sender, label: 'PUBREC' },
  { kind: 'data', from: sender, to: hub, label: 'PUBREL' },
  { kind: 'data', from: hub, to: store, label: 'the number is free' },
  { kind: 'answer', from: hub, to: sender, label: 'PUBCOMP' },
]

const exactlyOnceLost: SequenceStep[] = [
  { kind: 'data', from: sender, to: hub, label: 'PUBLISH' },
  { kind: 'data', from: hub, to: store, label: 'commit, with its number' },
  { kind: 'stored', at: store, label: 'stored' },
  { kind: 'lost', from: hub, to: sender, label: 'PUBREC' },
  { kind: 'note', at: sender, label: 'no answer: sends again' },
  { kind: 'data', from: sender, to: hub, label: 'PUBLISH, DUP' },
  { kind: 'note', at: hub, label: 'number known: not stored again' },
  { kind: 'answer', from: hub, to: sender, label: 'PUBREC' },
  { kind: 'data', from: sender, to: hub, label: 'PUBREL' },
  { kind: 'answer', from: hub, to: sender, label: 'PUBCOMP' },
]
