import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RecentForms, recentFormsBytesMax } from './recent-forms.ts'
import { RoutedMessage, type DeliveryFlags } from './routed-message.ts'
import { noAlias } from './sent-aliases.ts'

const retained = (qos: 0 | 1 | 2): DeliveryFlags => ({
  ...{ qos, isRetained: true, isRepeat: false, packetId: qos, identifiers: undefined, alias: noAlias },
})
const payload = Buffer.alloc(10_000, 7)

describe('routed messages', () => {
  test('I7: what a message occupies is counted with its properties', () => {
    const plain = new RoutedMessage('t', payload, 1, undefined, 0)
    const note = 'x'.repeat(1000)
    const userProperties: [string, string][] = Array.from({ length: 50 }, () => ['n', note])
    const adorned = new RoutedMessage('t', payload, 1, { userProperties, responseTopic: note }, 0)
    assert.ok(plain.size >= payload.length)
    assert.ok(adorned.size - plain.size > 51_000, `${adorned.size - plain.size} bytes`)
  })

  test('I7: retained messages that were read keep few of their encoded forms, however many they are', () => {
    const recent = new RecentForms()
    const messages = Array.from({ length: 2_000 }, (_, i) => {
      const message = new RoutedMessage(`t/${i}`, payload, 1, undefined, 0)
      message.keepFormsIn(recent)
      return message
    })
    const formsOf = (message: RoutedMessage) =>
      ([4, 5] as const).map((version) => message.encoded(version, retained(0), 0))
    const first = formsOf(messages[0]!)
    assert.deepEqual(
      formsOf(messages[0]!).map((form, i) => form === first[i]),
      [true, true],
      'shared by who reads at the same time',
    )
    for (const message of messages) formsOf(message)
    assert.ok(recent.bytes <= recentFormsBytesMax && recent.bytes > recentFormsBytesMax / 2)
    const again = formsOf(messages[0]!)
    assert.deepEqual(again, first, 'the same bytes')
    assert.notEqual(again[0], first[0], 'which had been forgotten')
    assert.equal(formsOf(messages[0]!)[0], again[0])
  })

  test('one form that is larger than all that are kept is given, and not kept', () => {
    const recent = new RecentForms()
    const message = new RoutedMessage('t', Buffer.alloc(recentFormsBytesMax + 1), 0, undefined, 0)
    message.keepFormsIn(recent)
    assert.ok(message.encoded(4, retained(0), 0).length > recentFormsBytesMax)
    assert.equal(recent.bytes, 0)
  })
})
