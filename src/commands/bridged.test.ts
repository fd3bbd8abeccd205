// A command through a bridge as its record tells it, while the other broker answers late or not at all.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bridged } from './bridged.ts'
import { readCommand, type CommandRecord } from './command.ts'
import { bridgeSentences, type BridgeWay, type CommandKeeper } from './command-way.ts'

function open() {
  const line = { nowMs: 0, kept: 0, keeper: undefined as CommandKeeper | undefined }
  const way: BridgeWay = {
    launch: (_command, keeper) => {
      line.keeper = keeper
      keeper.keep({ packetId: 1, stage: 'published' }, () => undefined)
      return 'launched'
    },
    sessionOf: () => 'broker/hub',
    isKnown: true,
  }
  const owner = {
    nowMs: () => line.nowMs,
    keep: () => void line.kept++,
    end: (command: CommandRecord, state: CommandRecord['state'], reason: string | null) =>
      void Object.assign(command, { state, reason }),
  }
  const batch = { afterStored: (run: () => void): void => run() }
  const bridged = new Bridged(way, owner, { open: () => batch } as unknown as ConstructorParameters<
    typeof Bridged
  >[2])
  const facts = {
    id: 'c',
    device: 'd',
    integration: 'plant',
    isBridged: true,
    qos: 1,
    state: 'queued',
    reason: null,
  }
  const command = readCommand(Buffer.from(JSON.stringify({ ...facts, request: 1 })))
  return { line, bridged, command }
}

test('a command that the other broker does not acknowledge says so once, and no more when it does', () => {
  const { line, bridged, command } = open()
  bridged.launchAll([command])
  line.nowMs = 29_000
  bridged.follow(command)
  assert.equal(command.reason, null)
  line.nowMs = 30_000
  bridged.follow(command)
  bridged.follow(command)
  assert.deepEqual([command.state, command.reason, line.kept], ['sent', bridgeSentences.silent, 2])
  line.keeper!.ended({ kind: 'taken', reasonCode: 0, reasonString: undefined }, () => undefined)
  assert.deepEqual([command.state, command.reason], ['delivered', bridgeSentences.delivered])
})
