// All numbered statements of MQTT 5.0 as a list that machines can read. What each means is said in our own words;
// the specification has the binding ones.
import { chapters1To3 } from './statements-1-3.ts'
import { chapters4To6 } from './statements-4-6.ts'

export interface Statement {
  /** "MQTT-3.1.0-1" */
  number: string
  meaning: string
  /** Why no test applies; undefined where one must. */
  reason: string | undefined
}

const clientsOwn = 'Binds clients.'

export const statements: readonly Statement[] = `${chapters1To3}${chapters4To6}`
  .split('\n')
  .filter((line) => line !== '')
  .map(read)

function read(line: string): Statement {
  const [number = '', whom, meaning = '', reason] = line.split(' | ')
  return {
    number: `MQTT-${number}`,
    meaning,
    reason: whom === 'S' ? undefined : whom === 'C' ? clientsOwn : reason,
  }
}
