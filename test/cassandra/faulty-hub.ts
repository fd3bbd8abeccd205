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

export function deviceFor(t: TestContext, name: string): Device {
  const random = seededRandom(7)
  const ledger = new Ledger(name, Date.now() - 86_400_000)
  const device = new Device(ledger, random, { version: 5, window: 30, isClean: false, packetIdMax: 60 })
  t.after(() => device.cut())
  return device
}

/** Connects the device again whenever the hub has ended its connection for want of an answer (I5), as devices
 *  in the field do. */
export async function untilAnswered(hub: HubProcess, device: Device, more: number): Promise<void> {
  const wanted = device.answers + more
  const deadline = performance.now() + answerWithinMs
  while (device.answers < wanted) {
    const isInTime = performance.now() < deadline
    assert.ok(isInTime, `${device.answers} answers, ${wanted} awaited; the hub says\n${lastWords(hub)}`)
    if (!device.isConnected) device.connect(hub.mqttPort)
    await sleep(20)
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

/** Asks the hub, and the cluster itself. */
export async function assertNothingIsMissing(
  hub: HubProcess,
  device: Device,
  contact: Contact,
  keyspace: string,
): Promise<void> {
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
