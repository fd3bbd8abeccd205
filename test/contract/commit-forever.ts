// Commits batches until it is killed and prints each ticket once its commit has resolved: whoever reads the
// output knows what was acknowledged. Arguments: folder, first ticket.
import { writeSync } from 'node:fs'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLog } from '../../src/lib/log.ts'
import { LevelStore } from '../../src/storage/leveldb/engine.ts'
import { killedBatch } from './killed-batch.ts'

const [folder = '', first = '1'] = process.argv.slice(2)
// Much is sealed, so that many kills hit a seal.
const sealLimits = {
  seriesRowsMax: 30,
  blockRowsMax: 64,
  blockRowsMin: 16,
  journalBytesMax: 4000,
  writeBytes: 500,
}
const store = await LevelStore.open({ folder, clock: systemClock, log: silentLog, sealLimits })
for (let ticket = Number(first); ; ticket++) {
  await store.commit(killedBatch(ticket))
  writeSync(1, `${ticket}\n`)
}
