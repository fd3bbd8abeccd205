// A peer that is a script of ours in a Node process of its own: Aedes, and the echo that shows the
// generator's ceiling.
import { fileURLToPath } from 'node:url'
import { endChild, freePort, startChild, untilListening } from './child.ts'
import type { Target } from './target.ts'

export function nodeServerTarget(name: string, script: string): Target {
  return {
    name,
    async start() {
      const port = await freePort()
      const path = fileURLToPath(new URL(script, import.meta.url))
      const child = startChild(process.execPath, [path, String(port)])
      await untilListening(port, child)
      return {
        port,
        pid: child.pid,
        readingsStored: async () => undefined,
        shed: async () => undefined,
        async stop() {
          await endChild(child)
          return undefined
        },
      }
    },
  }
}
