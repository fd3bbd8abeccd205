// Stops the shared test server when no test has used it for a while, and takes its data away.
import { existsSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadCluster } from './cluster-file.ts'
import { nodeProcess } from './node.ts'
import { stop } from './server.ts'
import { sharedFolder, usedFile } from './shared-server.ts'

const idleMsMax = 90_000
const lookMs = 2_000

function isUsed(): boolean {
  if (!existsSync(usedFile)) return false
  const isRunning = loadCluster(sharedFolder).nodes.some(
    (node) => nodeProcess(sharedFolder, node) !== undefined,
  )
  return isRunning && Date.now() - statSync(usedFile).mtimeMs < idleMsMax
}

while (isUsed()) await sleep(lookMs)
await stop(sharedFolder, { kill: true, delete: true })
