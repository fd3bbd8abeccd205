// Ackstone itself, as `npm start` runs it, with a fresh data folder for each round.
import { existsSync, globSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { HubProcess } from '../../test/hub.ts'
import type { Target } from './target.ts'

interface DeliveryFigures {
  readingsStored: number
  shed: number
}

/** @param profileFolder where a CPU profile of each round goes; undefined: none is taken. */
export function ackstoneTarget(profileFolder: string | undefined): Target {
  return {
    name: 'ackstone',
    async start() {
      const folder = mkdtempSync(join(tmpdir(), 'ackstone-bench-'))
      const nodeArgs = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]
      const hub = await HubProcess.start({ folder, nodeArgs })
      const delivery = (): Promise<DeliveryFigures> => hub.get<DeliveryFigures>('/delivery')
      return {
        port: hub.mqttPort,
        pid: hub.pid,
        readingsStored: async () => (await delivery()).readingsStored,
        shed: async () => (await delivery()).shed,
        async stop() {
          const { readingsStored } = await delivery()
          await hub.stop()
          const bytes = await bytesAfterCompaction(folder)
          rmSync(folder, { recursive: true })
          return readingsStored === 0 ? undefined : bytes / readingsStored
        },
      }
    },
  }
}

/** Bytes of all files in the store's folder once LevelDB has nothing left to compact. */
async function bytesAfterCompaction(folder: string): Promise<number> {
  const current = globSync('**/CURRENT', { cwd: folder })[0]
  if (current === undefined) throw new Error(`no LevelDB in ${folder}`)
  const place = dirname(join(folder, current))
  const level = new ClassicLevel<Buffer, Buffer>(place, { keyEncoding: 'buffer', valueEncoding: 'buffer' })
  await level.open()
  await level.compactRange(Buffer.alloc(0), Buffer.alloc(300, 0xff))
  await level.close()
  const files = globSync('**/*', { cwd: place }).map((file) => join(place, file))
  return files.filter((file) => existsSync(file)).reduce((sum, file) => sum + statSync(file).size, 0)
}
