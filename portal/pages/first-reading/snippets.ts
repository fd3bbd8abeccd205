// Lines to copy that publish one reading: for a shell, Python, JavaScript, ESP32, Node-RED and plain HTTP, with the
// host, port, device, credential and QoS of this very hub filled in. Tests take them from the page and run them.

export type Qos = 0 | 1 | 2

export interface Target {
  host: string
  port: number
  /** Address of the HTTP API. */
  url: string
  /** Letters, digits, dots, dashes and underscores, so that no language needs quoting. */
  device: string
  /** What the device logs in with: sent as user name, without a password. undefined: nothing is needed. */
  token: string | undefined
  /** What a program that speaks HTTP sends; undefined while none was made. */
  key: string | undefined
  qos: Qos
}

export interface Snippet {
  id: 'shell' | 'python' | 'node' | 'esp32' | 'nodered' | 'curl'
  label: string
  /** What to install, and what to know. */
  about: string
  write: (target: Target) => string
}

export const devicePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

const said = ['sent', 'acknowledged: it is stored', 'acknowledged: it is stored, once'] as const
const keyPlace = 'YOUR_API_KEY'

export const snippets: readonly Snippet[] = [
  {
    id: 'shell',
    label: 'Shell',
    about: 'mosquitto_pub comes with the package mosquitto-clients. At QoS 1 and 2 it waits for the answer.',
    write: ({ host, port, device, token, qos }) =>
      [
        `mosquitto_pub -h ${host} -p ${port} -i ${device}${token === undefined ? '' : ` -u ${token}`} \\`,
        `  -q ${qos} -t ack/${device} -m '{"temp":21.5}'`,
      ].join('\n'),
  },
  {
    id: 'python',
    label: 'Python',
    about: 'Needs paho-mqtt 2: pip install paho-mqtt.',
    write: ({ host, port, device, token, qos }) =>
      `import json
import time

import paho.mqtt.client as mqtt

client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="${device}", protocol=mqtt.MQTTv5)
${token === undefined ? '' : `client.username_pw_set("${token}")\n`}client.connect("${host}", ${port})
client.loop_start()

reading = {"ts": int(time.time() * 1000), "values": {"temp": 21.5}}
message = client.publish("ack/${device}", json.dumps(reading), qos=${qos})
message.wait_for_publish(timeout=10)
print("${said[qos]}")

client.disconnect()
client.loop_stop()
`,
  },
  {
    id: 'node',
    label: 'JavaScript',
    about: 'Needs MQTT.js 5 in Node.js: npm install mqtt. Save it as publish.mjs.',
    write: ({ host, port, device, token, qos }) =>
      `import mqtt from 'mqtt'

const client = await mqtt.connectAsync('mqtt://${host}:${port}', {
  clientId: '${device}',${token === undefined ? '' : `\n  username: '${token}',`}
  protocolVersion: 5,
})
const reading = { ts: Date.now(), values: { temp: 21.5 } }
await client.publishAsync('ack/${device}', JSON.stringify(reading), { qos: ${qos} })
console.log('${said[qos]}')
await client.endAsync()
`,
  },
  {
    id: 'esp32',
    label: 'Arduino / ESP32',
    about:
      'PubSubClient, which most examples use, publishes at QoS 0 only. From QoS 1 on, this uses the client that comes with the ESP32 core.',
    write: (target) => (target.qos === 0 ? pubSubClient(target) : espMqtt(target)),
  },
  {
    id: 'nodered',
    label: 'Node-RED',
    about: 'Import it with Ctrl-I: a button that publishes a reading, and the broker it goes to.',
    write: nodeRed,
  },
  {
    id: 'curl',
    label: 'HTTP',
    about:
      'HTTP has no QoS: the answer comes after the reading is stored, as at QoS 1. A program needs an API key that may ingest.',
    write: ({ url, device, key = keyPlace }) =>
      [
        `curl ${url}/api/v1/devices/${device}/telemetry \\`,
        `  -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' \\`,
        `  -d '{"temp":21.5}'`,
      ].join('\n'),
  },
]

function pubSubClient({ host, port, device, token }: Target): string {
  return `#include <WiFi.h>
#include <PubSubClient.h>

WiFiClient net;
PubSubClient mqtt(net);

void setup() {
  WiFi.begin("YOUR_WIFI", "YOUR_WIFI_PASSWORD");
  while (WiFi.status() != WL_CONNECTED) delay(200);
  mqtt.setServer("${host}", ${port});
}

void loop() {
  if (!mqtt.connected()) mqtt.connect("${device}"${token === undefined ? '' : `, "${token}", ""`});
  mqtt.loop();
  mqtt.publish("ack/${device}", "{\\"temp\\":21.5}");  // QoS 0: nobody answers
  delay(10000);
}
`
}

function espMqtt({ host, port, device, token, qos }: Target): string {
  return `#include <WiFi.h>
#include <mqtt_client.h>

esp_mqtt_client_handle_t client;

void setup() {
  WiFi.begin("YOUR_WIFI", "YOUR_WIFI_PASSWORD");
  while (WiFi.status() != WL_CONNECTED) delay(200);
  esp_mqtt_client_config_t config = {};
  config.broker.address.uri = "mqtt://${host}:${port}";
  config.credentials.client_id = "${device}";
${token === undefined ? '' : `  config.credentials.username = "${token}";\n`}  config.session.disable_clean_session = true;
  client = esp_mqtt_client_init(&config);
  esp_mqtt_client_start(client);
}

void loop() {
  // Kept and sent again until the hub has stored it: QoS ${qos}.
  esp_mqtt_client_enqueue(client, "ack/${device}", "{\\"temp\\":21.5}", 0, ${qos}, 0, true);
  delay(10000);
}
`
}

function nodeRed({ host, port, device, token, qos }: Target): string {
  const broker = 'ackstone-broker'
  const nodes = [
    {
      id: 'ackstone-inject',
      type: 'inject',
      name: 'a reading',
      props: [{ p: 'payload' }],
      payload: '{"temp":21.5}',
      payloadType: 'json',
      wires: [['ackstone-out']],
    },
    {
      id: 'ackstone-out',
      type: 'mqtt out',
      topic: `ack/${device}`,
      qos: String(qos),
      retain: 'false',
      broker,
      wires: [],
    },
    {
      id: broker,
      type: 'mqtt-broker',
      name: 'Ackstone',
      broker: host,
      port: String(port),
      clientid: device,
      protocolVersion: '5',
      cleansession: false,
      ...(token !== undefined && { credentials: { user: token, password: '' } }),
    },
  ]
  return JSON.stringify(nodes, undefined, 2)
}
