// A hub under publishing while something goes wrong: what the tests of faults wait for and look at.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Device } from '../crash/device.ts'
import { judge, kinds, Ledger, type StoredSeries } from '../crash/ledger.ts'
import { seededRandom } from '../crash/random.ts'
import type { HubProcess } from '../hub.ts'
import { readBack } from './read-back.ts'
import type { Contact } from './server.ts'

/** Only against waiting for ever: a machine that does much else takes a minute to start a cluster. */
const answerWithinMs = 120_000
const printedShown = 4_000
const devices = 4
const window = 30

/** Devices that publish at QoS 1 and 2, with times of their own and without, as fast as they are answered. */
export class Fleet {
  readonly #devices: readonly Device[]

  constructor(t: TestContext, name: string) {
    this.#devices = Array.from({ length: devices }, (_, i) => {
      const ledger = new Ledger(`${name}-${i}`, Date.now() - 86_400_000)
      const version = i % 2 === 0 ? 5 : 4
      return new Device(ledger, seededRandom(7 + i), { version, window, isClean: false, packetIdMax: 60 })
    })
    t.after(() => this.cut())
  }

  get answers(): number {
    return this.#devices.reduce((sum, { answers }) => sum + answers, 0)
  }

  cut(): void {
    for (const device of this.#devices) device.cut()
  }

  /** Connects devices again whenever the hub has ended their connection for want of an answer (I5), as devices in
   *  the field do. */
  async untilAnswered(hub: HubProcess, more: number): Promise<void> {
    const wanted = this.answers + more
    const deadline = performance.now() + answerWithinMs
    while (this.answers < wanted) {
      const isInTime = performance.now() < deadline
      assert.ok(isInTime, `${this.answers} answers, ${wanted} awaited; the hub says\n${lastWords(hub)}`)
      for (const device of this.#devices) if (!device.isConnected) device.connect(hub.mqttPort)
      await sleep(20)
    }
  }

  /** Asks the hub, and the cluster itself. */
  async assertNothingIsMissing(hub: HubProcess, contact: Contact, keyspace: string): Promise<void> {
    for (const device of this.#devices) {
      await device.drain(hub.mqttPort)
      const { ledger } = device
      const path = `/devices/${ledger.device}/series?keys=${kinds.join(',')}`
      const { series } = await hub.get<{ series: StoredSeries }>(path)
      const problems: string[] = []
      const verdicts = judge(ledger, series, problems)
      verdicts.push(...judge(ledger, await readBack(contact, keyspace, ledger.device), problems))
      assert.deepEqual(problems, [])
      assert.ok(verdicts.some(({ acknowledged }) => acknowledged > 0))
      for (const { missing, doubled, strange } of verdicts) assert.equal(missing + doubled + strange, 0)
      assert.deepEqual(device.oddities, [])
    }
  }
}

const lastWords = ({ printed }: HubProcess): string => printed.slice(-printedShown)

async function isReady(hub: HubProcess): Promise<boolean> {
  return (await fetch(`http://127.0.0.1:${hub.httpPort}/readyz`)).ok
}

export async function untilReadyIs(hub: HubProcess, wanted: boolean): Promise<void> {
  const deadline = performance.now() + answerWithinMs
  while ((await isReady(hub)) !== wanted) {
    assert.ok(performance.now() < deadline, `/readyz does not become ${wanted}:\n${lastWords(hub)}`)
    await sleep(50)
  }
}
