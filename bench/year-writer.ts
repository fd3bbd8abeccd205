// The process that writes the series of bench/year.ts, says so, and waits to be killed.
import { systemClock } from '../src/lib/clock.ts'
import { silentLog } from '../src/lib/log.ts'
import { LevelStore } from '../src/storage/leveldb/engine.ts'
import { batchesOf } from './year-rows.ts'

const [folder = '', rows = ''] = process.argv.slice(2)
const store = await LevelStore.open({ folder, clock: systemClock, log: silentLog })
let tallies: Promise<unknown> | undefined
for (const batch of batchesOf(Number(rows))) ({ tallies } = await store.commit(batch))
await tallies
process.stdout.write('written\n')
setInterval(() => undefined, 1_000_000)
