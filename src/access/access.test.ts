import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { TestClock } from '../../test/broker-house.ts'
import { isTopicFilter, isTopicName, matches } from '../mqtt/topic.ts'
import { isLoopback, neighbourhood, parseAddress, parseNetwork, startOf } from './address.ts'
import { PasswordLine, type Verdict } from './password-line.ts'
import { fits } from './provisioning.ts'
import { Bucket } from './rates.ts'
import { declaredPassword, isPassword, passwordRecord } from './secrets.ts'
import { covers } from './topic-rights.ts'

describe('filters', () => {
  const level = fc.constantFrom('a', 'b', '', '$x', '+')
  const filter = fc
    .tuple(fc.array(level, { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([levels, isOpen]) => [...levels, ...(isOpen ? ['#'] : [])].join('/'))
    .filter(isTopicFilter)
  const topic = fc
    .array(fc.constantFrom('a', 'b', '', '$x'), { minLength: 1, maxLength: 6 })
    .map((levels) => levels.join('/'))
    .filter(isTopicName)

  test('a filter that is covered matches nothing that the other does not', () => {
    fc.assert(
      fc.property(filter, filter, topic, (allowed, asked, name) => {
        if (covers(allowed, asked) && matches(asked, name)) assert.ok(matches(allowed, name))
      }),
      { numRuns: 5_000 },
    )
  })

  test('a filter covers itself and each topic that it matches', () => {
    fc.assert(
      fc.property(filter, topic, (allowed, name) => {
        assert.ok(covers(allowed, allowed) || allowed.startsWith('$'))
        if (matches(allowed, name)) assert.ok(covers(allowed, name))
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('addresses', () => {
  test('are compared as numbers, IPv4 within IPv6', () => {
    assert.equal(parseAddress('::ffff:203.0.113.7'), parseAddress('203.0.113.7'))
    assert.equal(parseAddress('2001:db8:0:0:0:0:0:1'), parseAddress('2001:DB8::1'))
    const bad = [
      '',
      'a',
      '1.2.3',
      '1.2.3.256',
      '1:2',
      '::1::',
      ':::',
      '1:2:3:4:5:6:7:8:9',
      '12345::',
      '1.2.3.4::',
    ]
    for (const wrong of bad) assert.equal(parseAddress(wrong), undefined, wrong)
  })

  test('a network holds its addresses and no other', () => {
    const isIn = (address: string, text: string): boolean => {
      const network = parseNetwork(text)!
      return startOf(parseAddress(address)!, network.prefix) === network.base
    }
    assert.ok(isIn('203.0.113.255', '203.0.113.0/24') && !isIn('203.0.114.0', '203.0.113.0/24'))
    assert.ok(isIn('2001:db8:ffff::1', '2001:db8::/32') && !isIn('2001:db9::1', '2001:db8::/32'))
    assert.ok(isIn('198.51.100.1', '0.0.0.0/0') && !isIn('::1', '0.0.0.0/0'))
    for (const wrong of ['1.2.3.4/33', '::/129', '1.2.3.4/', '1.2.3.4/8/8', '/8']) {
      assert.equal(parseNetwork(wrong), undefined, wrong)
    }
    assert.equal(neighbourhood('[2001:db8::1]:5'), neighbourhood('[2001:db8::ffff:2]:6'))
    assert.notEqual(neighbourhood('1.2.3.4:5'), neighbourhood('1.2.3.5:5'))
    for (const here of ['127.0.0.1:1', '127.9.9.9:1', '[::1]:1', '[::ffff:127.0.0.1]:1'])
      assert.ok(isLoopback(here), here)
    for (const far of ['128.0.0.1:1', '[::2]:1', '126.255.255.255:1', 'test:1'])
      assert.ok(!isLoopback(far), far)
  })
})

describe('passwords', () => {
  test('hostile 10: a broken record lets nobody in', async () => {
    const { hash } = await passwordRecord('right', false)
    assert.ok(await isPassword(Buffer.from('right'), hash))
    for (const broken of ['', '$', hash.slice(0, -1), `${hash}=`, hash.replace('scrypt', 'none'), 'right']) {
      assert.equal(await isPassword(Buffer.from('right'), broken), false, broken)
    }
    assert.ok(await isPassword(Buffer.from('x'), declaredPassword('x').hash))
    assert.equal(await isPassword(Buffer.alloc(0), declaredPassword('x').hash), false)
  })

  /** Runs until the attempt is settled; milliseconds that took on the clock of the test. */
  async function settled(clock: TestClock, attempt: Promise<Verdict>): Promise<[Verdict, number]> {
    const started = clock.monotonicMs()
    let verdict: Verdict | undefined
    const done = attempt.then((given) => (verdict = given))
    for (;;) {
      await Promise.race([done, new Promise((resolve) => setTimeout(resolve, 20))])
      if (verdict !== undefined) return [verdict, clock.monotonicMs() - started]
      await clock.advance(100)
    }
  }

  test('a refusal takes as long for a name that nobody has as for one that somebody has', async () => {
    const clock = new TestClock()
    const line = new PasswordLine(clock)
    const { hash } = declaredPassword('right')
    const wrong = { name: 'a', from: 'x', password: Buffer.from('wrong'), hash }
    assert.deepEqual(await settled(clock, line.check(wrong)), ['wrong', 500])
    assert.deepEqual(await settled(clock, line.check({ ...wrong, name: 'b', hash: undefined })), [
      'wrong',
      500,
    ])
    assert.deepEqual(await settled(clock, line.check({ ...wrong, password: Buffer.from('right') })), [
      'right',
      0,
    ])
  })

  test('after ten wrong ones from one network even the right one waits there, not elsewhere, and not where it was right before', async () => {
    const clock = new TestClock()
    const line = new PasswordLine(clock)
    const { hash } = declaredPassword('right')
    const at = (name: string, from: string, password: string): Promise<Verdict> => {
      return settled(clock, line.check({ name, from, password: Buffer.from(password), hash })).then(
        ([verdict]) => verdict,
      )
    }
    for (let count = 0; count < 10; count++) assert.equal(await at('a', 'x', `wrong ${count}`), 'wrong')
    assert.equal(await at('a', 'x', 'right'), 'wrong')
    assert.equal(await at('b', 'x', 'right'), 'right')
    assert.equal(await at('a', 'y', 'right'), 'right')
    assert.equal(await at('a', 'x', 'right'), 'right')
    await clock.advance(60_000)
    assert.equal(await at('a', 'x', 'wrong'), 'wrong')
  })

  test('one wrong password said again and again counts once', async () => {
    const clock = new TestClock()
    const line = new PasswordLine(clock)
    const { hash } = declaredPassword('right')
    const attempt = { name: 'a', from: 'x', hash }
    for (let count = 0; count < 30; count++) {
      const [verdict] = await settled(clock, line.check({ ...attempt, password: Buffer.from('old') }))
      assert.equal(verdict, 'wrong')
    }
    const right = line.check({ ...attempt, password: Buffer.from('right') })
    assert.deepEqual(await settled(clock, right), ['right', 0])
  })

  test('where somebody has logged in, guessing a name of others lets one attempt through every five seconds', async () => {
    const clock = new TestClock()
    const line = new PasswordLine(clock)
    const { hash } = declaredPassword('right')
    const at = async (name: string, password: string): Promise<Verdict> => {
      const attempt = { name, from: 'x', password: Buffer.from(password), hash }
      return (await settled(clock, line.check(attempt)))[0]
    }
    assert.equal(await at('b', 'right'), 'right')
    for (let count = 0; count < 11; count++) assert.equal(await at('a', `guess ${count}`), 'wrong')
    // The eleventh guess had the place of these five seconds.
    assert.equal(await at('a', 'right'), 'wrong')
    await clock.advance(5_000)
    assert.equal(await at('a', 'right'), 'right')
  })

  test('I7: the line is bounded, and who waits in a flood of one network is told, not forgotten', async () => {
    const clock = new TestClock()
    const line = new PasswordLine(clock)
    const { hash } = await passwordRecord('right', false)
    const flood = Array.from({ length: 1_200 }, (_, at) => {
      return line.check({ name: `n${at}`, from: 'x', password: Buffer.from('wrong'), hash })
    })
    const busy = await Promise.race([flood[1_199], new Promise((resolve) => setImmediate(resolve, 'waits'))])
    assert.equal(busy, 'busy')
    // Another network has its turn after one attempt of the flood.
    const other = { name: 'good', from: 'y', password: Buffer.from('right'), hash }
    assert.equal(await line.check(other), 'right')
    await clock.advance(5_000)
    let verdicts: Verdict[] | undefined
    const all = Promise.all(flood).then((given) => (verdicts = given))
    while (verdicts === undefined) {
      await clock.advance(1_000)
      await Promise.race([all, new Promise((resolve) => setTimeout(resolve, 5))])
    }
    assert.ok(verdicts.every((verdict) => verdict !== 'right'))
  })
})

test('a pattern with stars', () => {
  const cases: [name: string, pattern: string, isFit: boolean][] = [
    ['meter-1', 'meter-*', true],
    ['meter-', 'meter-*', true],
    ['ameter-1', 'meter-*', false],
    ['a-b-c', 'a*c', true],
    ['ac', 'a*c', true],
    ['a', 'a*a', false],
    ['axbxc', 'a*b*c', true],
    ['acb', 'a*b*c', false],
    ['x', '*', true],
    ['x', 'x', true],
    ['xy', 'x', false],
  ]
  for (const [name, pattern, isFit] of cases) assert.equal(fits(name, pattern), isFit, `${name} ${pattern}`)
})

test('I7: a bucket gives what it has, then says how long to wait', () => {
  const bucket = new Bucket(10, 20, 0)
  assert.equal(bucket.take(20, 0), 0)
  assert.equal(bucket.take(5, 0), 500)
  assert.equal(bucket.take(0, 500), 0)
  assert.ok(!bucket.tryTake(500))
  assert.ok(bucket.tryTake(600))
})
