// Debian's Mosquitto as it is at its fastest: no persistence, no limits, no log.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endChild, freePort, startChild, untilListening } from './child.ts'
import type { Target } from './target.ts'

export function mosquittoTarget(path: string): Target {
  return {
    name: 'mosquitto',
    async start() {
      const port = await freePort()
      const folder = mkdtempSync(join(tmpdir(), 'ackstone-bench-mosquitto-'))
      const config = [
        `listener ${port} 127.0.0.1`,
        'allow_anonymous true',
        'persistence false',
        'max_inflight_messages 0',
        'max_queued_messages 0',
        'log_type none',
        '',
      ]
      writeFileSync(join(folder, 'mosquitto.conf'), config.join('\n'))
      const child = startChild(path, ['-c', join(folder, 'mosquitto.conf')])
      await untilListening(port, child)
      return {
        port,
        pid: child.pid,
        readingsStored: async () => undefined,
        shed: async () => undefined,
        async stop() {
          await endChild(child)
          rmSync(folder, { recursive: true })
          return undefined
        },
      }
    },
  }
}
