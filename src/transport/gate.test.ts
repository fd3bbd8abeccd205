import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '../lib/log.ts'
import { Gate } from './gate.ts'
import { Refusals } from './refusals.ts'

const names = { connections: 'limits.connectionsMax', perAddress: 'limits.connectionsPerAddressMax' }

function makeGate(connectionsMax: number, perAddressMax: number, toldMax = 1, countsLoopback = true) {
  const lines: string[] = []
  const log = { ...silentLog, warn: (_: string, fields = {}) => void lines.push(JSON.stringify(fields)) }
  const refusals = new Refusals(log)
  const gate = new Gate({ connectionsMax, perAddressMax, toldMax, countsLoopback, names, refusals })
  return { gate, counts: refusals.counts, lines }
}

test('I7: above the limit in all, one may wait to be told that the hub is busy, the next is turned away', () => {
  const { gate, counts, lines } = makeGate(2, 10)
  const first = gate.enter('10.0.0.1')
  gate.enter('10.0.0.2')
  assert.equal(gate.enter('10.0.0.3')?.refusal, 0x89)
  assert.equal(gate.enter('10.0.0.4'), undefined)
  assert.equal(counts.get('connections'), 2)
  assert.equal(lines.length, 1, 'a flood of connections is no flood of lines')
  assert.match(lines[0]!, /limits\.connectionsMax is 2/)
  assert.match(lines[0]!, /10\.0\.0\.3/)
  first?.leave()
  first?.leave()
  const next = gate.enter('10.0.0.5')
  assert.ok(next !== undefined && next.refusal === undefined)
  assert.equal(gate.enter('10.0.0.6'), undefined, 'leaving twice makes one place')
})

test('I7: an address has a limit of its own, and another one still gets in', () => {
  const { gate, counts } = makeGate(10, 2)
  const entries = [gate.enter('2001:db8::1'), gate.enter('2001:db8::2')]
  assert.equal(gate.enter('2001:db8::3')?.refusal, 0x97)
  assert.equal(gate.enter('2001:db8:0:1::1')?.refusal, undefined)
  assert.equal(counts.get('connectionsPerAddress'), 1)
  entries[0]?.leave()
  assert.equal(gate.enter('2001:db8::4')?.refusal, undefined)
})

test('loopback has no limit for one address unless that was said', () => {
  const { gate } = makeGate(10, 1, 1, false)
  assert.equal(gate.enter('127.0.0.1')?.refusal, undefined)
  assert.equal(gate.enter('127.0.0.1')?.refusal, undefined)
  assert.equal(gate.enter('10.0.0.1')?.refusal, undefined)
  assert.equal(gate.enter('10.0.0.1')?.refusal, 0x97)
})
