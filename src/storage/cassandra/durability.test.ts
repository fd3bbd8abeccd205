import assert from 'node:assert/strict'
import { test } from 'node:test'
import { confirmations, durabilitySentence, type Durability } from './durability.ts'

const base: Durability = {
  strategy: 'NetworkTopologyStrategy',
  replicationFactor: 3,
  copies: 3,
  consistency: 'LOCAL_QUORUM',
  sync: 'batch',
  syncPeriod: '',
  nodes: 3,
  nodesAsked: 3,
  sizeBytes: 0,
}

test('the sentence promises what the cluster does, and no more', () => {
  assert.match(durabilitySentence(base), /2 of 3 copies confirm .* only after it has synced .* \(batch\)\.$/)
  const late = durabilitySentence({ ...base, sync: 'periodic', syncPeriod: '10000ms' })
  assert.match(late, /only every 10000ms \(periodic\), so a crash of 2 nodes at once can lose/)
  const alone = durabilitySentence({ ...base, sync: 'periodic', consistency: 'ONE' })
  assert.match(alone, /a crash of that node can lose what was acknowledged/)
  assert.match(durabilitySentence({ ...base, sync: 'unknown' }), /can’t be seen/)
})

test('how many copies confirm', () => {
  assert.equal(confirmations({ ...base, consistency: 'ALL', copies: 5 }), 5)
  assert.equal(confirmations({ ...base, consistency: 'QUORUM', copies: 6 }), 4)
  assert.equal(confirmations({ ...base, replicationFactor: 5 }), 3)
  assert.equal(confirmations({ ...base, consistency: 'LOCAL_ONE' }), 1)
})
