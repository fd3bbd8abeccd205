// An integration as ackstone.yaml has it, to be copied. Only what such a draft is made of: maps, lists, texts, numbers,
// yes and no. Secrets become references to the environment.

/** The `integrations:` entry of a draft's body. */
export function yamlOf(body: Readonly<Record<string, unknown>>): string {
  const { enabled: _, ...shown } = body
  const connection = shown['connection'] as Record<string, unknown> | undefined
  const safe = connection === undefined ? shown : { ...shown, connection: withoutSecrets(connection) }
  return `integrations:\n${item(safe, '  ')}`
}

function withoutSecrets(connection: Record<string, unknown>): Record<string, unknown> {
  const hidden = { ...connection }
  if ('username' in hidden) hidden['password'] = '${env:BROKER_PASSWORD}'
  if ('cert' in hidden) hidden['key'] = '${file:/run/secrets/broker-key.pem}'
  if (typeof hidden['url'] === 'string') hidden['url'] = hidden['url'].replace(/\/\/[^/@]*@/, '//')
  return hidden
}

function item(value: Record<string, unknown>, indent: string): string {
  return members(value, `${indent}  `).replace(`${indent}  `, `${indent}- `)
}

function members(value: Record<string, unknown>, indent: string): string {
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `${indent}${name}:${node(member, indent)}`)
    .join('')
}

function node(value: unknown, indent: string): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return ' []\n'
    return `\n${value.map((each) => (isMap(each) ? item(each, `${indent}  `) : `${indent}  - ${scalar(each, indent)}`)).join('')}`
  }
  if (isMap(value)) return Object.keys(value).length === 0 ? ' {}\n' : `\n${members(value, `${indent}  `)}`
  return ` ${scalar(value, indent)}`
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const plainText = /^[A-Za-z][A-Za-z0-9_./-]*$/
const words = new Set(['true', 'false', 'null', 'yes', 'no', 'on', 'off', 'y', 'n'])

function scalar(value: unknown, indent: string): string {
  if (typeof value !== 'string') return `${JSON.stringify(value)}\n`
  if (value.includes('\n')) {
    const inner = `${indent}  `
    return `|\n${value
      .replace(/\n+$/, '')
      .split('\n')
      .map((line) => `${inner}${line}`)
      .join('\n')}\n`
  }
  // A quoted text of JSON is one of YAML too.
  return plainText.test(value) && !words.has(value.toLowerCase())
    ? `${value}\n`
    : `${JSON.stringify(value)}\n`
}
