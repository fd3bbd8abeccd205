import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AddressList, addressOwner, isAddressRange, isLoopbackAddress, plainAddress } from './addresses.ts'

test('an IPv4 address is one owner, however it came; an IPv6 owner has a /64', () => {
  assert.equal(plainAddress('::ffff:10.1.2.3'), '10.1.2.3')
  const cases = [
    ['10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ]
  for (const [address, owner] of cases) assert.equal(addressOwner(address!), owner, address)
})

test('loopback is known in each form', () => {
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) {
    assert.ok(isLoopbackAddress(address), address)
  }
  for (const address of ['10.0.0.1', '::2', '128.0.0.1']) assert.ok(!isLoopbackAddress(address), address)
})

test('lists hold addresses and ranges, and nothing else can stand in them', () => {
  const list = new AddressList(['10.0.0.0/8', '192.168.1.7', 'fd00::/8'])
  for (const address of ['10.255.0.1', '192.168.1.7', '::ffff:10.0.0.1', 'fd12::1']) {
    assert.ok(list.includes(address), address)
  }
  for (const address of ['11.0.0.1', '192.168.1.8', 'fe80::1']) assert.ok(!list.includes(address), address)
  for (const text of ['10.0.0.0/33', '10.0.0', 'localhost', '::/129', '10.0.0.0/8/8', '1.2.3.4/', '']) {
    assert.ok(!isAddressRange(text), text)
  }
})
