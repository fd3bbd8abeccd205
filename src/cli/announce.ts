// What a person sees when the hub has started.

/** Addresses are host:port. */
interface Announcement {
  mqtt: string
  mqtts: string | undefined
  isHttps: boolean
  http: string
  folder: string
  setupCode: string | undefined
}

/** What a person sees at the start: at most 12 lines. */
export function announce({ mqtt, mqtts, http, isHttps, folder, setupCode }: Announcement): void {
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
    'Try:',
    `  mosquitto_pub -h ${host} -p ${port} -q 1 -i thermometer -t v1/devices/me/telemetry -m '{"temp":21.5}'`,
  )
  process.stdout.write(`${lines.join('\n')}\n`)
}

function splitAddress(address: string): [host: string, port: string] {
  const colon = address.lastIndexOf(':')
  return [address.slice(0, colon).replace(/^\[|\]$/g, ''), address.slice(colon + 1)]
}
