# Publishes with paho-mqtt, the client most Python programs use: PORT VERSION QOS DEVICE COUNT.
# Ends well only when every message has been acknowledged; with COUNT above 1 many are in flight at once.
import sys

import paho.mqtt.client as mqtt

port, version, qos, device, count = sys.argv[1:]
protocol = {"311": mqtt.MQTTv311, "5": mqtt.MQTTv5}[version]

try:
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=device, protocol=protocol)
except AttributeError:  # paho-mqtt 1.x, as Debian ships it
    client = mqtt.Client(client_id=device, protocol=protocol)

client.connect("127.0.0.1", int(port))
client.loop_start()
messages = [
    client.publish("v1/devices/me/telemetry", '{"n":%d}' % n, qos=int(qos)) for n in range(int(count))
]
for message in messages:
    message.wait_for_publish(20)
    if not message.is_published():
        sys.exit("message %d was not acknowledged" % message.mid)
client.disconnect()
client.loop_stop()
