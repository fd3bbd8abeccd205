import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { topicFilter, topicName } from '../../test/fixtures/packets/arbitrary.ts'
import { processorMs } from '../../test/processor-time.ts'
import { FilterTree } from './filter-tree.ts'
import { matches } from './topic.ts'

function found<T>(tree: FilterTree<T>, topic: string): T[] {
  const values: T[] = []
  tree.match(topic, (value) => values.push(value))
  return values
}

const levels = 65_535

describe('FilterTree', () => {
  test('finds what matches one by one, whatever was added and removed', () => {
    const step = fc.record({
      filter: topicFilter,
      value: fc.integer({ min: 0, max: 2 }),
      isRemoval: fc.boolean(),
    })
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 30 }),
        fc.array(topicName, { minLength: 1, maxLength: 10 }),
        (steps, topics) => {
          const tree = new FilterTree<string>()
          const pairs = new Map<string, string>()
          for (const { filter, value, isRemoval } of steps) {
            const id = `${value} ${filter}`
            if (isRemoval) tree.remove(filter, id)
            else tree.add(filter, id)
            if (isRemoval) pairs.delete(id)
            else pairs.set(id, filter)
          }
          assert.equal(tree.size, pairs.size)
          for (const topic of topics) {
            const expected = [...pairs].filter(([, filter]) => matches(filter, topic)).map(([id]) => id)
            assert.deepEqual(found(tree, topic).toSorted(), expected.toSorted())
          }
        },
      ),
      { numRuns: 600 },
    )
  })

  test('a pair added twice is there once, and gone when removed once', () => {
    const tree = new FilterTree<string>()
    tree.add('a/#', 'x')
    tree.add('a/#', 'x')
    assert.equal(tree.size, 1)
    assert.deepEqual(found(tree, 'a'), ['x'])
    tree.remove('a/#', 'y')
    tree.remove('a/+', 'x')
    tree.remove('b', 'x')
    assert.equal(tree.size, 1)
    tree.remove('a/#', 'x')
    assert.equal(tree.size, 0)
    assert.deepEqual(found(tree, 'a'), [])
  })

  test('a value is visited for each filter that matches', () => {
    const tree = new FilterTree<string>()
    for (const filter of ['#', '+/b', 'a/+', 'a/b', 'a/b/#', 'a/#']) tree.add(filter, 'x')
    assert.equal(found(tree, 'a/b').length, 6)
  })

  test('MQTT-4.7.2-1: wildcards in front do not reach $ topics', () => {
    const tree = new FilterTree<string>()
    for (const filter of ['#', '+/x', '+/#', '$SYS/x', '$SYS/#']) tree.add(filter, filter)
    assert.deepEqual(found(tree, '$SYS/x').toSorted(), ['$SYS/#', '$SYS/x'])
    assert.equal(found(tree, 'SYS/x').length, 3)
  })

  test('a filter of 65,535 levels neither overflows the stack nor takes quadratic time', () => {
    const filters = ['/'.repeat(levels), `${'+/'.repeat(levels / 2)}#`, 'a/'.repeat(levels / 2)]
    const topics = ['/'.repeat(levels), 'a/'.repeat(levels / 2)]
    const tree = new FilterTree<number>()
    const tookMs = processorMs(() => {
      for (const [index, filter] of filters.entries()) tree.add(filter, index)
      assert.deepEqual(
        found(tree, topics[0]!).toSorted((a, b) => a - b),
        [0, 1],
      )
      assert.deepEqual(
        found(tree, topics[1]!).toSorted((a, b) => a - b),
        [1, 2],
      )
      for (const [index, filter] of filters.entries()) {
        assert.equal(matches(filter, topics[0]!), index < 2)
        tree.remove(filter, index)
      }
      assert.equal(tree.size, 0)
    })
    assert.ok(tookMs < 2000, `${tookMs} ms`)
  })

  test('many filters that overlap cost no more than the tree has nodes', () => {
    const tree = new FilterTree<string>()
    const filters = Array.from({ length: 4096 }, (_, bits) =>
      Array.from({ length: 12 }, (__, index) => ((bits >> index) & 1 ? '+' : 'a')).join('/'),
    )
    for (const filter of filters) tree.add(filter, filter)
    assert.equal(found(tree, Array(12).fill('a').join('/')).length, 4096)
    assert.equal(found(tree, Array(11).fill('a').join('/')).length, 0)
  })
})
