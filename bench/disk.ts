// How long the disk takes to sync a small write: with one message in flight per connection, that is what an
// honest answer waits for. Measured beside the loads, for a busy or slow disk explains a low rate.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median } from './report.ts'

const writes = 200
const writeBytes = 2048

/** Median milliseconds of an fdatasync after a write of 2 KiB, in the folder where the hubs store. */
export function syncMs(): number {
  const folder = mkdtempSync(join(tmpdir(), 'ackstone-bench-disk-'))
  const file = openSync(join(folder, 'file'), 'w')
  const bytes = Buffer.alloc(writeBytes)
  const times = Array.from({ length: writes }, () => {
    writeSync(file, bytes)
    const started = performance.now()
    fdatasyncSync(file)
    return performance.now() - started
  })
  closeSync(file)
  rmSync(folder, { recursive: true })
  return median(times)
}
