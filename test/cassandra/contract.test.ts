// The suite that every engine passes, on a real Cassandra.
import { after, type TestContext } from 'node:test'
import { storeContract } from '../contract/store.ts'
import type { Store } from '../../src/storage/store.ts'
import type { ClusterOptions } from '../../src/storage/cassandra/options.ts'
import { leaveKeyspace, sharedCassandra, withCassandra } from './shared-server.ts'
import { emptyKeyspace, folderFor, openStore, optionsFor } from './stores.ts'

const keyspace = `contract_${process.pid}`
const places = new WeakMap<Store, { options: ClusterOptions; folder: string }>()
let used: ClusterOptions | undefined

async function openIn(t: TestContext, options: ClusterOptions, folder: string): Promise<Store> {
  const store = await openStore(t, options, folder)
  places.set(store, { options, folder })
  return store
}

withCassandra(() => {
  after(() => leaveKeyspace(keyspace))
  storeContract({
    name: 'cassandra',
    readsByPage: true,
    async open(t) {
      const options = optionsFor(await sharedCassandra(), keyspace)
      if (used !== undefined) await emptyKeyspace(options)
      used = options
      return openIn(t, options, folderFor(t))
    },
    async reopen(t, store) {
      const { options, folder } = places.get(store)!
      await store.close()
      return openIn(t, options, folder)
    },
  })
})
