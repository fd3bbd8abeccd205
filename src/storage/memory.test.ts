import { storeContract } from '../../test/contract/store.ts'
import { createMemoryStore } from './memory.ts'

storeContract({
  name: 'memory',
  async open(t) {
    const store = createMemoryStore()
    t.after(() => store.close())
    return store
  },
})
