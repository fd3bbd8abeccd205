import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { AckstoneError } from '../errors.ts'
import { isLoopback, loadConfig, printConfig, type Flags } from './load.ts'
import { options } from './schema.ts'

interface Given {
  flags?: Flags
  env?: Record<string, string>
  files?: Record<string, string>
}

function load({ flags = {}, env = {}, files = {} }: Given) {
  return loadConfig({
    flags,
    environment: env,
    readFile(path) {
      const text = files[path]
      if (text === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' })
      return text
    },
  })
}

function problemsOf(given: Given): string[] {
  try {
    load(given)
  } catch (error) {
    assert.ok(error instanceof AckstoneError && error.code === 'CONFIG_INVALID')
    return error.fields.map(({ detail }) => detail)
  }
  return []
}

test('without a word said, the defaults hold and say that they are defaults', () => {
  const config = load({})
  assert.equal(config.values.dataDir, './data')
  assert.equal(config.values.host, '127.0.0.1')
  assert.equal(config.values.mqttPort, 1883)
  assert.equal(config.values.httpPort, 8080)
  assert.equal(config.values.cassandra.consistency, 'LOCAL_QUORUM')
  assert.deepEqual(config.origin('mqttPort'), { source: 'default' })
  assert.deepEqual(config.warnings, [])
})

test('a flag beats the environment, which beats the file, which beats the default', () => {
  const files = { 'ackstone.yaml': 'mqttPort: 1\nhttpPort: 2\ndataDir: /file\n' }
  const env = { ACKSTONE_MQTT_PORT: '3', ACKSTONE_HTTP_PORT: '4' }
  const config = load({ flags: { mqttPort: '5' }, env, files })
  assert.equal(config.values.mqttPort, 5)
  assert.deepEqual(config.origin('mqttPort'), { source: 'flag', flag: '--mqtt-port' })
  assert.equal(config.values.httpPort, 4)
  assert.deepEqual(config.origin('httpPort'), { source: 'environment', variable: 'ACKSTONE_HTTP_PORT' })
  assert.equal(config.values.dataDir, '/file')
  assert.deepEqual(config.origin('dataDir'), { source: 'file', file: 'ackstone.yaml', line: 3, column: 10 })
})

test('nested options, lists and booleans come from every source', () => {
  const files = { 'ackstone.yaml': 'limits: {packetBytesMax: 2048}\ncassandra:\n  contactPoints: [a:1]\n' }
  const config = load({ files, env: { ACKSTONE_LIMITS_CONNECTIONS_MAX: '7', ACKSTONE_DEMO: 'yes' } })
  assert.equal(config.values.limits.packetBytesMax, 2048)
  assert.equal(config.values.limits.connectionsMax, 7)
  assert.equal(config.values.demo, true)
  assert.deepEqual(config.values.cassandra.contactPoints, ['a:1'])
  const points = load({ env: { ACKSTONE_CASSANDRA_CONTACT_POINTS: 'a:1, b:2' } }).values.cassandra
    .contactPoints
  assert.deepEqual(points, ['a:1', 'b:2'])
})

test('--config and ACKSTONE_CONFIG name another file, and JSON will do', () => {
  const files = { 'other.json': '{"httpPort": 9000}' }
  assert.equal(load({ flags: { config: 'other.json' }, files }).values.httpPort, 9000)
  assert.equal(load({ env: { ACKSTONE_CONFIG: 'other.json' }, files }).values.httpPort, 9000)
  assert.deepEqual(problemsOf({ flags: { config: 'gone.yaml' } }), [
    'The configuration file gone.yaml can’t be read: there is no such file.',
  ])
})

test('secrets come from the environment or from a file, and are never printed', () => {
  const files = {
    'ackstone.yaml':
      'adminToken: ${env:TOKEN}\nmqttPort: ${env:PORT}\ndataDir: $${kept}\n' +
      'cassandra: {username: u, password: "${file:/run/secret}"}\n',
    '/run/secret': 'from-a-file\n',
  }
  const config = load({ files, env: { TOKEN: 'correct horse battery', PORT: '99' } })
  assert.equal(config.values.adminToken, 'correct horse battery')
  assert.equal(config.values.mqttPort, 99)
  assert.equal(config.values.dataDir, '${kept}')
  assert.equal(config.values.cassandra.password, 'from-a-file')
  const printed = printConfig(config)
  assert.match(printed, /^adminToken: \(hidden\) {2}# ackstone.yaml:1:13$/m)
  assert.match(printed, /^mqttPort: 99 {2}# ackstone.yaml:2:11$/m)
  assert.match(printed, /^httpPort: 8080 {2}# default$/m)
  assert.doesNotMatch(printed, /correct horse|from-a-file/)
})

const wrongs: [name: string, given: Given, expected: RegExp][] = [
  ['unknown key', { files: { 'ackstone.yaml': 'a: 1' } }, /^ackstone\.yaml:1:1: The key "a" is not known\./],
  [
    'unknown key, nearest name',
    { files: { 'ackstone.yaml': '# comment\nmqtPort: 1' } },
    /^ackstone\.yaml:2:1: The key "mqtPort" is not known\. Did you mean "mqttPort"\?$/,
  ],
  [
    'unknown nested key',
    { files: { 'ackstone.yaml': 'limits:\n  packetBytes: 1' } },
    /^ackstone\.yaml:2:3: The key "limits\.packetBytes" is not known\. Did you mean "packetBytesMax"\?$/,
  ],
  [
    'wrong type',
    { files: { 'ackstone.yaml': 'mqttPort: many' } },
    /^ackstone\.yaml:1:11: mqttPort must be a whole number from 0 to 65535, not "many"\.$/,
  ],
  ['port too high', { flags: { mqttPort: '70000' } }, /^--mqtt-port: mqttPort must be .* not 70000\.$/],
  [
    'not a number',
    { env: { ACKSTONE_HTTP_PORT: '0x10' } },
    /^ACKSTONE_HTTP_PORT: httpPort must be .*"0x10"\.$/,
  ],
  ['unknown engine', { flags: { store: 'mongo' } }, /^--store: store must be one of leveldb, cassandra/],
  ['not a boolean', { env: { ACKSTONE_DEMO: 'perhaps' } }, /^ACKSTONE_DEMO: demo must be true or false/],
  ['TLS without a certificate', { flags: { mqttsPort: '8883' } }, /^--mqtts-port: mqttsPort needs a cert/],
  ['https without a certificate', { flags: { httpsEnabled: true } }, /^--https-enabled: .* needs a cert/],
  ['half a certificate', { flags: { tlsCert: 'a.pem' } }, /^--tls-cert: tls\.cert and tls\.key must list/],
  [
    'client certificates of nobody',
    { flags: { tlsCert: 'a', tlsKey: 'b' }, env: { ACKSTONE_TLS_CLIENT_CERTIFICATE: 'required' } },
    /^ACKSTONE_TLS_CLIENT_CERTIFICATE: .* tls\.ca must say whose/,
  ],
  [
    'one port for two',
    { flags: { tlsCert: 'a', tlsKey: 'b', httpPort: '8883' } },
    /httpPort and mqttsPort are both 8883/,
  ],
  [
    'balancers of nobody',
    { env: { ACKSTONE_PROXY_PROTOCOL_LISTENERS: 'mqtt,http' } },
    /^ACKSTONE_PROXY_PROTOCOL_LISTENERS: .*trustedAddresses must list/,
  ],
  [
    'no address of a balancer',
    { env: { ACKSTONE_PROXY_PROTOCOL_TRUSTED_ADDRESSES: '10.0.0.0/40' } },
    /^ACKSTONE_PROXY_PROTOCOL_TRUSTED_ADDRESSES: .* a list of addresses or ranges/,
  ],
  [
    'no origin',
    { flags: { webSocketOrigins: 'app.example' } },
    /^--web-socket-origins: .* a list of origins/,
  ],
  ['same ports', { flags: { httpPort: 1883 } }, /^--http-port: mqttPort and httpPort are both 1883/],
  ['half a login', { env: { ACKSTONE_CASSANDRA_USERNAME: 'u' } }, /^ACKSTONE_CASSANDRA_USERNAME: .*together/],
  [
    'a list instead of keys',
    { files: { 'ackstone.yaml': '- 1' } },
    /^ackstone\.yaml:1:1: The file must hold/,
  ],
  [
    'a scalar instead of keys',
    { files: { 'ackstone.yaml': 'limits: 3' } },
    /^ackstone\.yaml:1:9: The key "limits"/,
  ],
  ['broken YAML', { files: { 'ackstone.yaml': 'a: [1' } }, /^ackstone\.yaml:1:6: .*\.$/],
  ['a key twice', { files: { 'ackstone.yaml': 'demo: true\ndemo: false' } }, /^ackstone\.yaml:2:1: .*unique/],
  ['an alias', { files: { 'ackstone.yaml': 'host: &a x\ndataDir: *a' } }, /^ackstone\.yaml:2:10: Aliases/],
  [
    'unset variable',
    { files: { 'ackstone.yaml': 'host: ${env:X}' } },
    /^ackstone\.yaml:1:7: .* X .* not set\.$/,
  ],
  [
    'missing file',
    { files: { 'ackstone.yaml': 'host: ${file:/x}' } },
    /^ackstone\.yaml:1:7: The file \/x can’t/,
  ],
  [
    'odd reference',
    { files: { 'ackstone.yaml': 'host: ${X}' } },
    /neither \$\{env:NAME\} nor \$\{file:PATH\}/,
  ],
  [
    'integration without name',
    { files: { 'ackstone.yaml': 'integrations:\n- x: 1' } },
    /^ackstone\.yaml:2:3: /,
  ],
  ['endless nesting', { files: { 'ackstone.yaml': `host: ${'['.repeat(40)}` } }, /^ackstone\.yaml:1:/],
]

test('what is wrong is said in a sentence that names the place', async (t) => {
  for (const [name, given, expected] of wrongs) {
    await t.test(name, () => {
      const problems = problemsOf(given)
      assert.ok(problems.length >= 1, 'a problem is found')
      assert.match(problems[0], expected)
    })
  }
})

test('everything that is wrong is said at once', () => {
  const files = { 'ackstone.yaml': 'mqtPort: 1\nstore: x\n' }
  assert.equal(problemsOf({ files, flags: { httpPort: '-1' } }).length, 3)
})

test('a secret that is wrong is not repeated in the complaint', () => {
  const [problem] = problemsOf({ env: { ACKSTONE_ADMIN_TOKEN: 'x'.repeat(600) } })
  assert.match(problem, /^ACKSTONE_ADMIN_TOKEN: adminToken must be text of 1 to 512 characters\.$/)
})

test('anonymous clients are a question of the address unless it is said', () => {
  assert.equal(load({ flags: { host: '0.0.0.0' } }).values.allowAnonymous, undefined)
  assert.equal(load({ flags: { host: '0.0.0.0', allowAnonymous: true } }).values.allowAnonymous, true)
  assert.equal(load({ flags: { allowAnonymous: 'false' } }).values.allowAnonymous, false)
  for (const host of ['127.0.0.1', '127.1.2.3', 'localhost', '::1']) assert.ok(isLoopback(host), host)
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', '127.0.0.1.example.org']) {
    assert.ok(!isLoopback(host), host)
  }
})

test('a short token and a misspelt variable are warned about, foreign variables are not', () => {
  const env = { ACKSTONE_ADMIN_TOKEN: 'short', ACKSTONE_MQTT_PROT: '1', ACKSTONE_SERVICE_HOST_X_Y: 'cluster' }
  const { warnings } = load({ env })
  assert.equal(warnings.length, 2)
  assert.match(warnings[1], /ACKSTONE_MQTT_PROT is not known\. Did you mean "ACKSTONE_MQTT_PORT"\?/)
})

test('certificates are lists, and one item of a list may stand alone', () => {
  const files = { 'ackstone.yaml': 'tls:\n  cert: a.pem\n  key: a.key\n' }
  assert.deepEqual(load({ files }).values.tls.cert, ['a.pem'])
  const flags = { tlsCert: 'a.pem, b.pem', tlsKey: 'a.key,b.key' }
  const { values, origin } = load({ flags, files })
  assert.deepEqual(
    [values.tls.cert, values.tls.key],
    [
      ['a.pem', 'b.pem'],
      ['a.key', 'b.key'],
    ],
  )
  assert.deepEqual(origin('tls.cert'), { source: 'flag', flag: '--tls-cert' })
})

test('certificates are lists, and one item of a list may stand alone', () => {
  const files = { 'ackstone.yaml': 'tls:\n  cert: a.pem\n  key: a.key\n' }
  assert.deepEqual(load({ files }).values.tls.cert, ['a.pem'])
  const flags = { tlsCert: 'a.pem, b.pem', tlsKey: 'a.key,b.key' }
  const { values, origin } = load({ flags, files })
  assert.deepEqual(
    [values.tls.cert, values.tls.key],
    [
      ['a.pem', 'b.pem'],
      ['a.key', 'b.key'],
    ],
  )
  assert.deepEqual(origin('tls.cert'), { source: 'flag', flag: '--tls-cert' })
})

test('declared integrations keep their shape and know where they stand', () => {
  const text = 'integrations:\n  - name: Plant\n    topics:\n      - {filter: "a/{device}", qos: 1}\n'
  const config = load({ files: { 'ackstone.yaml': text } })
  assert.deepEqual(config.values.integrations, [
    { name: 'Plant', topics: [{ filter: 'a/{device}', qos: 1 }] },
  ])
  assert.equal(config.position('/integrations/0/topics/0/filter'), 'ackstone.yaml:4:18')
})

test('docs/reference/configuration.md lists each option with its flag, variable and default', () => {
  const page = readFileSync(new URL('../../docs/reference/configuration.md', import.meta.url), 'utf8')
  const rows = new Map<string, string>()
  for (const line of page.split('\n')) {
    const key = /^\| `([A-Za-z.]+)` \|/.exec(line)?.[1]
    if (key !== undefined) rows.set(key, line)
  }
  assert.deepEqual([...rows.keys()].sort(), options.map(({ key }) => key).sort())
  for (const option of options) {
    const row = rows.get(option.key) ?? ''
    for (const part of [option.flag, option.variable, option.description]) {
      if (part !== undefined) assert.ok(row.includes(part), `${option.key}: "${part}" stands in its row`)
    }
    if (option.default !== undefined) {
      assert.ok(
        row.includes(`\`${JSON.stringify(option.default)}\``),
        `${option.key}: its default stands in its row`,
      )
    }
  }
})
