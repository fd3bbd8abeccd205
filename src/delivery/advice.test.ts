import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Qos } from '../model/message.ts'
import { adviseQos, type AdviceAnswers, type AdviceStatistics } from './advice.ts'

const rules: [
  what: string,
  answers: AdviceAnswers,
  statistics: AdviceStatistics,
  recommended: Qos,
  because: RegExp,
][] = [
  ['nothing is known: every message is to get through', {}, {}, 1, /gets through/],
  ['no time and repeats are wrong', { hasTs: false, repeatsMatter: 'wrong' }, {}, 2, /counted twice/],
  [
    'no time and the values look like changes',
    {},
    { withTs: 0, values: { cumulative: 0, delta: 0.9, other: 0.1 } },
    2,
    /changes since/,
  ],
  [
    'times are there, whatever repeats would do',
    { repeatsMatter: 'wrong' },
    { withTs: 0.95 },
    1,
    /own time.*95 %/,
  ],
  ['times are said to be there', { hasTs: true, lossMatters: 'unacceptable' }, {}, 1, /own time/],
  [
    'what was answered counts more than what was seen',
    { hasTs: false, repeatsMatter: 'wrong' },
    { withTs: 1 },
    2,
    /counted twice/,
  ],
  [
    'running totals',
    {},
    { withTs: 0, values: { cumulative: 0.9, delta: 0, other: 0.1 } },
    1,
    /running totals/,
  ],
  ['a loss does no harm', { lossMatters: 'fine' }, {}, 0, /next one replaces/],
  [
    'high rate, replaceable, local',
    { lossMatters: 'fine', ratePerSecond: 50, link: 'lan' },
    {},
    0,
    /At this rate/,
  ],
  ['on a battery, replaceable', { lossMatters: 'fine', link: 'battery' }, {}, 0, /sleep/],
  ['a hole matters', { lossMatters: 'hole', link: 'battery', ratePerSecond: 50 }, {}, 1, /gets through/],
  [
    'no loss, no repeat, no time',
    { lossMatters: 'unacceptable', repeatsMatter: 'wrong', hasTs: false },
    {},
    2,
    /QoS 2/,
  ],
]

for (const [what, answers, statistics, recommended, because] of rules) {
  test(`${what}: QoS ${recommended}`, () => {
    const advice = adviseQos(answers, statistics)
    assert.equal(advice.recommended, recommended)
    assert.match(advice.because.join(' '), because)
  })
}

const warned: [
  what: string,
  answers: AdviceAnswers,
  statistics: AdviceStatistics,
  warning: RegExp | undefined,
][] = [
  ['devices publish at QoS 0', {}, { publishQos: { qos0: 71, qos1: 29, qos2: 0 } }, /71 %.*QoS 0/],
  ['devices publish at QoS 1', {}, { publishQos: { qos0: 0, qos1: 9, qos2: 0 } }, undefined],
  ['the broker grants less', { brokerMaximumQos: 0 }, {}, /grants QoS 0/],
  ['Sparkplug', { upstream: 'sparkplug' }, {}, /Sparkplug publishes its data at QoS 0/],
  ['The Things Stack', { upstream: 'the-things-stack' }, {}, /The Things Stack/],
  ['a clean session', { cleanStart: true }, {}, /clean start/],
  ['a clean session at QoS 0', { cleanStart: true, lossMatters: 'fine' }, {}, undefined],
  ['a queue that is too short', { queueMax: 1_000, ratePerSecond: 41 }, {}, /24 s/],
  ['a queue that is long enough', { queueMax: 100_000, ratePerSecond: 41 }, {}, undefined],
  [
    'QoS 2 over a long way',
    { hasTs: false, repeatsMatter: 'wrong', roundTripMs: 600, ratePerSecond: 30 },
    {},
    /17 a second.*wants/,
  ],
]

for (const [what, answers, statistics, warning] of warned) {
  test(`warned of: ${what}${warning === undefined ? ', no' : ''}`, () => {
    const { warnings } = adviseQos(answers, statistics)
    if (warning === undefined) assert.deepEqual(warnings, [])
    else assert.match(warnings.join(' '), warning)
  })
}

test('each level tells its packets and bytes', () => {
  const { levels } = adviseQos({ ratePerSecond: 1, devices: 10, payloadBytes: 100, topicBytes: 20 }, {})
  assert.deepEqual(
    levels.map(({ qos, packetsPerMessage }) => [qos, packetsPerMessage]),
    [
      [0, 1],
      [1, 2],
      [2, 4],
    ],
  )
  const [zero, one, two] = levels.map(({ bytesPerMessage }) => bytesPerMessage)
  assert.deepEqual([zero, one! - zero!, two! - one!], [206, 86, 168])
  assert.equal(levels[0]!.bytesPerDay, 206 * 10 * 86_400)
  assert.equal(adviseQos({}, {}).levels[0]!.bytesPerDay, null)
})
