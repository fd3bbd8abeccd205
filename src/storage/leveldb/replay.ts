// After a start: the journal is read again, so that every series has the tail it had when the last commit
// was stored. Its size is limited, and so is the time this takes.
import { BytesEnded } from '../columns/bytes.ts'
import type { Database } from './database.ts'
import { damage } from './faults.ts'
import { readJournal, type Journal, type JournalEntry, type JournalRuns } from './journal.ts'
import { journalSeq, spaceJournal, spaceRange } from './keys.ts'
import type { Settler } from './settle.ts'

/** Journal parts taken out of the store at once. */
const piece = 8

/** @throws STORE_CORRUPT when an entry is damaged: what it held was acknowledged. */
export async function replay(database: Database, journal: Journal, settler: Settler): Promise<void> {
  let entry: JournalEntry | undefined
  for await (const entries of database.scan(spaceRange(spaceJournal), () => piece)) {
    for (const [key, value] of entries) {
      const seq = journalSeq(key)
      if (entry?.seq !== seq) {
        if (entry !== undefined) journal.add(entry)
        entry = { seq, parts: 0, bytes: 0 }
      }
      entry.parts++
      entry.bytes += value.length
      await settler.replay(seq, runsOf(key, value, database.folder))
    }
  }
  if (entry !== undefined) journal.add(entry)
}

function runsOf(key: Buffer, value: Buffer, folder: string): JournalRuns {
  try {
    return readJournal(key, value)
  } catch (error) {
    if (!(error instanceof BytesEnded)) throw error
    throw damage(`commit ${journalSeq(key)} in the journal is unreadable`, folder, error)
  }
}
