import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { curlCommand, mosquittoCommand, quoted, type Sent } from './commands.ts'
import { hexDump } from './hex-dump.ts'

const sent: Sent = {
  topic: 'plant/d1',
  qos: 1,
  retain: false,
  clientId: 'd1',
  device: 'd1',
  userProperties: [],
  payload: { text: '{"temp":21.5}', base64: null },
}
const mqtt = { host: '127.0.0.1', port: 1883 }

test('a shell gives back what was quoted, whatever it is', () => {
  for (const text of ['plain', "it's", '$(rm -rf x) `id` "q" \\ !', 'a\nb', 'ä é', '']) {
    assert.equal(execFileSync('sh', ['-c', `printf %s ${quoted(text)}`]).toString(), text)
  }
})

test('a message becomes a line of mosquitto_pub', () => {
  const line = mosquittoCommand(sent, mqtt)
  assert.equal(line, `mosquitto_pub -h 127.0.0.1 -p 1883 -q 1 -i d1 -t plant/d1 -m '{"temp":21.5}'`)
  const more = { ...sent, retain: true, userProperties: [['line', '7 b']] as const }
  assert.match(mosquittoCommand(more, mqtt), / -r -V 5 -D publish user-property line '7 b' -t /)
  const binary = mosquittoCommand({ ...sent, payload: { text: null, base64: '/w==' } }, mqtt)
  assert.match(binary, /^echo \/w== \| base64 -d \| mosquitto_pub .* -s$/)
})

test('a message becomes a line of curl, without a token in it', () => {
  const line = curlCommand({ ...sent, device: 'a b' }, { url: 'http://h:8080' })
  assert.match(line, /Bearer \$ACKSTONE_TOKEN/)
  assert.match(line, /--data-raw '\{"temp":21.5\}' http:\/\/h:8080\/api\/v1\/devices\/a%20b\/telemetry$/)
})

test('bytes are shown with their offset and what is printable', () => {
  assert.equal(
    hexDump(new TextEncoder().encode('0123456789abcdefg\n')),
    '000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef\n' +
      '000010  67 0a                                            g·',
  )
  assert.match(hexDump(new Uint8Array(5_000)), /… 904 more$/)
})
