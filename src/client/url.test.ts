import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AckstoneError } from '../errors.ts'
import { formatAddress, parseMqttUrl, redactUrl } from './url.ts'

test('an MQTT URL gives address, login and topic, with the ports that the schemes stand for', () => {
  const cases: [string, Partial<ReturnType<typeof parseMqttUrl>>][] = [
    ['mqtt://h', { transport: 'tcp', host: 'h', port: 1883, username: undefined, path: '' }],
    ['tcp://h:1', { transport: 'tcp', port: 1 }],
    ['mqtts://h', { transport: 'tls', port: 8883 }],
    ['ssl://h', { transport: 'tls', port: 8883 }],
    ['ws://h/mqtt', { transport: 'ws', port: 80, path: 'mqtt' }],
    ['wss://h', { transport: 'wss', port: 443 }],
    [
      'mqtt://u:p%40ss@[::1]:1884/a/b',
      { host: '::1', port: 1884, username: 'u', password: 'p@ss', path: 'a/b' },
    ],
    ['mqtt://h/ack/%23', { path: 'ack/#' }],
    ['mqtt://h/ack/#', { path: 'ack/#' }],
  ]
  for (const [text, expected] of cases) {
    const address = parseMqttUrl(text)
    assert.deepEqual({ ...address, ...expected }, address, text)
  }
})

test('what is no MQTT URL is refused without showing its password', () => {
  for (const text of [
    '',
    'h:1883',
    'http://u:secret@h',
    'mqtt://',
    'mqtt://u:secret@h:0',
    'mqtt://u:secret@h/%zz',
  ]) {
    assert.throws(
      () => parseMqttUrl(text),
      (error) =>
        error instanceof AckstoneError && error.code === 'URL_INVALID' && !error.message.includes('secret'),
      text,
    )
  }
  assert.equal(redactUrl('mqtt://u:p@ss@h:1/x'), 'mqtt://h:1/x')
})

test('an IPv6 address is shown in brackets', () => {
  assert.equal(formatAddress('::1', 1883), '[::1]:1883')
  assert.equal(formatAddress('h', 1883), 'h:1883')
})
