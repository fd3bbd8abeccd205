// What a person sees when the hub has started.

/** Addresses are host:port. */
interface Announcement {
  mqtt: string
  mqtts: string | undefined
  isHttps: boolean
  http: string
  folder: string
  setupCode: string | undefined
  /** Devices get in without credentials. */
  isOpen: boolean
}

/** What a person sees at the start: at most 12 lines. */
export function announce({ mqtt, mqtts, http, isHttps, folder, setupCode, isOpen }: Announcement): void {
  const [host, port] = splitAddress(mqtt)
  const lines = [
    'Ackstone is ready. An acknowledgement means the reading is stored.',
    `  MQTT    mqtt://${mqtt}`,
    ...(mqtts === undefined ? [] : [`  MQTTS   mqtts://${mqtts}`]),
    `  WS      ${isHttps ? 'wss' : 'ws'}://${http}/mqtt`,
    `  HTTP    ${isHttps ? 'https' : 'http'}://${http}`,
    `  Data    ${folder}`,
  ]
  if (setupCode !== undefined)
    lines.push(`  Setup   ${setupCode}  (makes the first administrator, works once)`)
  lines.push(
    isOpen
      ? 'Try:'
      : 'Devices need credentials here. Give one a token, in the portal or over the API; then try:',
    `  mosquitto_pub -h ${reachable(host)} -p ${port} -q 1 ${isOpen ? '-i thermometer' : '-u TOKEN'} ` +
      `-t v1/devices/me/telemetry -m '{"temp":21.5}'`,
  )
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** Nobody can connect to the address that stands for all of this machine's. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}

function splitAddress(address: string): [host: string, port: string] {
  const colon = address.lastIndexOf(':')
  return [address.slice(0, colon).replace(/^\[|\]$/g, ''), address.slice(colon + 1)]
}
