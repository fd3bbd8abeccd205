// Lines for a terminal that send a message again, as it was: over MQTT, and over HTTP.

export interface Sent {
  topic: string
  qos: number
  retain: boolean
  clientId: string
  device: string
  userProperties: readonly (readonly [string, string])[]
  payload: { text: string | null; base64: string | null }
}

/** For a shell: nothing in it means anything. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

export function mosquittoCommand(sent: Sent, mqtt: { host: string; port: number }): string {
  const { topic, qos, retain, clientId, userProperties, payload } = sent
  const words = ['mosquitto_pub', '-h', mqtt.host, '-p', String(mqtt.port), '-q', String(qos), '-i', clientId]
  if (retain) words.push('-r')
  if (userProperties.length > 0) words.push('-V', '5')
  for (const [name, value] of userProperties) words.push('-D', 'publish', 'user-property', name, value)
  words.push('-t', topic)
  const line = words.map(quoted).join(' ')
  if (payload.text !== null) return `${line} -m ${quoted(payload.text)}`
  return `echo ${payload.base64 ?? ''} | base64 -d | ${line} -s`
}

/** The payload, as readings of its device. The token is the reader's own. */
export function curlCommand({ device, payload }: Sent, http: { url: string }): string {
  const url = `${http.url}/api/v1/devices/${encodeURIComponent(device)}/telemetry`
  const head = `curl -X POST -H "Authorization: Bearer $ACKSTONE_TOKEN" -H 'Content-Type: application/json'`
  if (payload.text !== null) return `${head} --data-raw ${quoted(payload.text)} ${quoted(url)}`
  return `echo ${payload.base64 ?? ''} | base64 -d | ${head} --data-binary @- ${quoted(url)}`
}
