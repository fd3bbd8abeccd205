// Environment variables that commands read. The hub's own (`ACKSTONE_MQTT_PORT` and the like) are in config/;
// where the hub is said to be elsewhere by them, commands look for it there.
import type { Terminal } from './terminal.ts'

/** The value of a variable; undefined when it is not set, or set to nothing. */
export function variable(terminal: Terminal, name: string): string | undefined {
  return terminal.env[name] || undefined
}

/** The port of a hub on this machine that got another one by its environment. */
export function hubPort(
  terminal: Terminal,
  name: 'ACKSTONE_MQTT_PORT' | 'ACKSTONE_MQTTS_PORT' | 'ACKSTONE_HTTP_PORT',
): number | undefined {
  const port = Number(variable(terminal, name))
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined
}
