import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { topicName } from '../../../test/fixtures/packets/arbitrary.ts'
import { TopicCache, TopicSlots } from './topic-cache.ts'

describe('TopicCache', () => {
  test('finds a topic by its bytes, in another chunk and on another connection', () => {
    const slots = new TopicSlots(8)
    const [one, other] = [new TopicCache(slots), new TopicCache(slots)]
    const chunk = Buffer.from('..plant/ü/temp..')
    const end = chunk.length - 2
    assert.equal(one.find(chunk, 2, end), undefined)
    one.remember(chunk, 2, end, 'plant/ü/temp')
    chunk.fill(0)
    const again = Buffer.from('plant/ü/temp')
    for (const cache of [one, other]) assert.equal(cache.find(again, 0, again.length), 'plant/ü/temp')
    assert.equal(one.find(again, 0, again.length - 1), undefined)
    assert.equal(one.find(again, 1, again.length), undefined)
  })

  test('never gives another topic, however few slots there are', () => {
    fc.assert(
      fc.property(fc.array(topicName, { maxLength: 40 }), (topics) => {
        const cache = new TopicCache(new TopicSlots(2))
        for (const topic of topics) {
          const bytes = Buffer.from(topic)
          const found = cache.find(bytes, 0, bytes.length)
          if (found === undefined) cache.remember(bytes, 0, bytes.length, topic)
          else assert.equal(found, topic)
        }
      }),
    )
  })

  test('keeps no topic of more than 128 bytes', () => {
    const cache = new TopicCache(new TopicSlots(8))
    for (const length of [128, 129]) {
      const bytes = Buffer.alloc(length, 'x')
      cache.remember(bytes, 0, length, bytes.toString())
      assert.equal(cache.find(bytes, 0, length) === undefined, length > 128)
    }
  })
})
