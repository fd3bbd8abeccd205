// What happens when an answer is lost: by the network, or because the process was killed. A resend lands on
// the same rows (I3).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openHouse } from '../../test/broker-house.ts'
import { turn } from '../../test/held-store.ts'
import { sessionNeverExpires } from '../mqtt/packet.ts'

const lasting = { cleanStart: false, properties: { sessionExpiryInterval: sessionNeverExpires } }

describe('I3: a missing time is decided once', () => {
  test('I3: a resend after a lost answer lands on the same row', async () => {
    const house = await openHouse()
    const first = await house.connect()
    first.publish('t/a', '{"v":1}', { qos: 1, packetId: 9 })
    await house.release()
    first.lose()
    await house.clock.advance(5_000)
    const second = await house.connect()
    second.publish('t/a', '{"v":1}', { qos: 1, packetId: 9, dup: true })
    await house.release()
    assert.deepEqual(second.take(), ['puback 9'])
    assert.equal((await house.rows('d1')).length, 1)
    await house.stop()
  })

  test('I3: a resend after a crash lands on the same row, also after a clean start', async () => {
    for (const connect of [{}, lasting]) {
      const house = await openHouse()
      const first = await house.connect(connect)
      first.publish('t/a', '{"v":1}', { qos: 1, packetId: 9 })
      await turn()
      await house.release()
      const rows = await house.rows('d1')
      const again = await house.crash()
      await again.clock.advance(60_000)
      const second = await again.connect(connect)
      second.publish('t/a', '{"v":1}', { qos: 1, packetId: 9, dup: true })
      await again.release()
      assert.deepEqual(second.take(), ['puback 9'])
      assert.deepEqual(await again.rows('d1'), rows)
      await again.stop()
    }
  })

  test('I3: what was not stored before the crash is stored by the resend, once', async () => {
    const house = await openHouse()
    const first = await house.connect()
    first.publish('t/a', '{"v":1}', { qos: 1, packetId: 9 })
    await turn()
    const again = await house.crash()
    const second = await again.connect()
    second.publish('t/a', '{"v":1}', { qos: 1, packetId: 9, dup: true })
    await again.release()
    assert.equal((await again.rows('d1')).length, 1)
    await again.stop()
  })

  test('I3: without DUP a message is a resend only while the first is unanswered', async () => {
    const house = await openHouse()
    const first = await house.connect()
    first.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
    await turn()
    first.lose()
    const second = await house.connect()
    second.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
    await house.release()
    assert.equal((await house.rows('d1')).length, 1)
    second.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
    await house.release()
    assert.equal((await house.rows('d1')).length, 2)
    await house.stop()
  })

  test('I3: without DUP a resumed session that was cut off a moment ago may send again, also after a crash', async () => {
    for (const isCrash of [false, true]) {
      let house = await openHouse()
      const first = await house.connect(lasting)
      first.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
      await house.release()
      if (isCrash) house = await house.crash()
      else first.lose()
      await house.clock.advance(10_000)
      const second = await house.connect(lasting)
      second.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
      await house.release()
      assert.equal((await house.rows('d1')).length, 1)
      // The identifier is used again, over the same connection: another message.
      second.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
      await house.release()
      assert.equal((await house.rows('d1')).length, 2)
      await house.stop()
    }
  })

  test('I3: after a clean start an unanswered message may come again without DUP, at QoS 1 and 2', async () => {
    for (const qos of [1, 2] as const) {
      for (const isCrash of [false, true]) {
        let house = await openHouse()
        const first = await house.connect()
        for (const packetId of [1, 2]) first.publish('q2/a', `{"v":${packetId}}`, { qos, packetId })
        await turn()
        // Stored, and the answer never left: the connection broke, or the process was killed.
        if (!isCrash) first.lose()
        await house.release()
        if (isCrash) house = await house.crash()
        await house.clock.advance(100_000)
        const second = await house.connect()
        for (const packetId of [1, 2]) second.publish('q2/a', `{"v":${packetId}}`, { qos, packetId })
        await house.release()
        assert.deepEqual(second.packets.length, 2)
        assert.equal((await house.rows('d1')).length, 2)
        // Each identifier is used again, over the same connection: other messages.
        if (qos === 2) for (const packetId of [1, 2]) second.send({ type: 'pubrel', packetId, reasonCode: 0 })
        for (const packetId of [1, 2]) second.publish('q2/a', `{"v":${packetId}}`, { qos, packetId })
        await house.release()
        assert.equal((await house.rows('d1')).length, 4)
        await house.stop()
      }
    }
  })

  test('I3: which messages were unanswered outlives the next end of the process', async () => {
    let house = await openHouse()
    const first = await house.connect()
    first.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
    await house.release()
    first.publish('t/a', '{"v":2}', { qos: 1, packetId: 2 })
    await turn()
    first.lose()
    await house.release()
    house = await house.crash()
    const second = await house.connect()
    second.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
    second.publish('t/a', '{"v":2}', { qos: 1, packetId: 2 })
    await house.release()
    assert.deepEqual(
      (await house.rows('d1')).map(({ value }) => value),
      [1, 2, 1],
    )
    await house.stop()
  })

  test('I3: what waited long for its commit counts as unanswered after a kill, however much later others came', async () => {
    for (const isBefore of [true, false]) {
      let house = await openHouse()
      const first = await house.connect()
      const other = await house.connect({ clientId: 'other' })
      // A slow store: what comes meanwhile waits for the next commit, which begins as the answers leave.
      first.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
      await turn()
      if (!isBefore) {
        first.publish('t/a', '{"v":2}', { qos: 1, packetId: 2 })
        await turn()
      }
      await house.clock.advance(9_000)
      other.publish('t/b', '{"v":5}', { qos: 1, packetId: 1 })
      await turn()
      await house.release()
      house = await house.crash()
      const second = await house.connect()
      const [packetId, payload] = isBefore ? [1, '{"v":1}'] : [2, '{"v":2}']
      second.publish('t/a', payload, { qos: 1, packetId })
      await house.release()
      assert.equal((await house.rows('d1')).length, isBefore ? 1 : 2)
      await house.stop()
    }
  })

  test('I3: who starts clean and is cut off or killed again while sending again may go on where it was', async () => {
    for (const isKilled of [true, false]) {
      let house = await openHouse()
      const first = await house.connect()
      for (const packetId of [1, 2, 3]) first.publish('t/a', `{"v":${packetId}}`, { qos: 1, packetId })
      await turn()
      if (!isKilled) first.lose()
      await house.release()
      if (isKilled) house = await house.crash()
      await house.clock.advance(9_000)
      const second = await house.connect()
      second.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
      await house.release()
      const other = await house.connect({ clientId: 'other' })
      other.publish('t/b', '{"v":5}', { qos: 1, packetId: 1 })
      await house.release()
      if (isKilled) house = await house.crash()
      else second.lose()
      await house.release()
      const third = await house.connect()
      for (const packetId of [2, 3]) third.publish('t/a', `{"v":${packetId}}`, { qos: 1, packetId })
      await house.release()
      assert.equal((await house.rows('d1')).length, 3)
      // Something new came behind them, so that nothing is awaited any more.
      third.publish('t/a', '{"v":4}', { qos: 1, packetId: 4 })
      await house.release()
      await house.clock.advance(9_000)
      const others = await house.connect({ clientId: 'other' })
      others.publish('t/b', '{"v":6}', { qos: 1, packetId: 1 })
      await house.release()
      house = await house.crash()
      const fourth = await house.connect()
      fourth.publish('t/a', '{"v":2}', { qos: 1, packetId: 2 })
      await house.release()
      assert.equal((await house.rows('d1')).length, 5)
      await house.stop()
    }
  })

  test('I3: a client that starts clean may take its time to send again, as long as it goes on', async () => {
    for (const pauseMs of [4_000, 6_000]) {
      let house = await openHouse()
      const first = await house.connect()
      for (const packetId of [1, 2, 3]) first.publish('t/a', `{"v":${packetId}}`, { qos: 1, packetId })
      await turn()
      await house.release()
      house = await house.crash()
      const second = await house.connect()
      for (const packetId of [1, 2, 3]) {
        second.publish('t/a', `{"v":${packetId}}`, { qos: 1, packetId })
        await house.release()
        await house.clock.advance(pauseMs)
      }
      assert.equal((await house.rows('d1')).length, pauseMs < 5_000 ? 3 : 5)
      await house.stop()
    }
  })

  test('I2: after a clean start what was answered, or is old, or follows something new, is another message', async () => {
    const cases = [
      // Others have stored messages since: its answer had left long before the kill.
      { othersMs: 6_000, pauseMs: 0, isAfterNew: false, expected: 2 },
      { othersMs: 1_000, pauseMs: 0, isAfterNew: false, expected: 1 },
      { othersMs: 0, pauseMs: 300_000, isAfterNew: false, expected: 2 },
      { othersMs: 0, pauseMs: 0, isAfterNew: true, expected: 3 },
    ]
    for (const { othersMs, pauseMs, isAfterNew, expected } of cases) {
      let house = await openHouse()
      const first = await house.connect()
      first.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
      await house.release()
      if (othersMs > 0) {
        const other = await house.connect({ clientId: 'other' })
        await house.clock.advance(othersMs)
        other.publish('t/a', '{"v":5}', { qos: 1, packetId: 1 })
        await house.release()
      }
      house = await house.crash()
      await house.clock.advance(pauseMs)
      const second = await house.connect()
      if (isAfterNew) second.publish('t/a', '{"v":8}', { qos: 1, packetId: 7 })
      second.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
      await house.release()
      assert.equal((await house.rows('d1')).length, expected)
      await house.stop()
    }
  })

  test('I2: the same value again is no resend after a goodbye, a clean start, or a while', async () => {
    const cases = [
      { connect: lasting, isOrderly: true, pauseMs: 1_000, restart: false },
      { connect: lasting, isOrderly: true, pauseMs: 1_000, restart: true },
      { connect: {}, isOrderly: false, pauseMs: 1_000, restart: false },
      { connect: lasting, isOrderly: false, pauseMs: 61_000, restart: false },
    ]
    for (const { connect, isOrderly, pauseMs, restart } of cases) {
      let house = await openHouse()
      const first = await house.connect(connect)
      first.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
      await house.release()
      if (isOrderly) first.send({ type: 'disconnect', reasonCode: 0 })
      else first.lose()
      await house.release()
      if (restart) house = await house.crash()
      await house.clock.advance(pauseMs)
      const second = await house.connect(connect)
      second.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
      await house.release()
      assert.equal((await house.rows('d1')).length, 2)
      await house.stop()
    }
  })

  test('I2: DUP alone drops nothing: another payload under the same identifier is another reading', async () => {
    const house = await openHouse()
    const device = await house.connect()
    device.publish('t/a', '{"v":1}', { qos: 1, packetId: 1 })
    device.publish('t/a', '{"v":2}', { qos: 1, packetId: 1, dup: true })
    device.publish('t/b', '{"v":2}', { qos: 1, packetId: 1, dup: true })
    await house.release()
    assert.deepEqual(device.take(), ['puback 1', 'puback 1', 'puback 1'])
    assert.deepEqual(
      (await house.rows('d1')).map(({ value }) => value),
      [1, 2, 2],
    )
    await house.stop()
  })

  test('I3: many messages, a crash in between, all resent: each is there once', async () => {
    let house = await openHouse()
    let device = await house.connect(lasting)
    for (let round = 0; round < 70; round++) {
      for (const id of [1, 2, 3]) {
        device.publish('t/a', `{"v":${round * 3 + id}}`, { qos: 1, packetId: round * 3 + id })
      }
      await house.release()
    }
    house = await house.crash()
    device = await house.connect(lasting)
    for (let id = 1; id <= 210; id++) {
      device.publish('t/a', `{"v":${id}}`, { qos: 1, packetId: id, dup: true })
    }
    await house.release()
    const values = (await house.rows('d1')).map(({ value }) => value)
    assert.deepEqual(
      values,
      Array.from({ length: 210 }, (_, i) => i + 1),
    )
    await house.stop()
  })
})
