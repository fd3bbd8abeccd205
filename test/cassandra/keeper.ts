// Stops the shared test server when no test has used it for a while, and takes its data away; and drops what tests
// have left when it is much.
import { existsSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadCluster } from './cluster-file.ts'
import { nodeProcess } from './node.ts'
import { status, stop } from './server.ts'
import { sharedFolder, takeLeft, usedFile } from './shared-server.ts'
import { dropKeyspace, optionsFor } from './stores.ts'

const idleMsMax = 90_000
const lookMs = 2_000

function isUsed(): boolean {
  if (!existsSync(usedFile)) return false
  const isRunning = loadCluster(sharedFolder).nodes.some(
    (node) => nodeProcess(sharedFolder, node) !== undefined,
  )
  return isRunning && Date.now() - statSync(usedFile).mtimeMs < idleMsMax
}

async function dropLeft(): Promise<void> {
  const names = takeLeft()
  if (names.length === 0) return
  const contact = await status(sharedFolder)
  for (const name of names) {
    try {
      await dropKeyspace(optionsFor(contact, name))
    } catch (error) {
      // It goes with the server then; this process must live on to stop it.
      console.error(`keyspace ${name} was not dropped: ${String(error)}`)
    }
  }
}

while (isUsed()) {
  await dropLeft()
  await sleep(lookMs)
}
await stop(sharedFolder, { kill: true, delete: true })
