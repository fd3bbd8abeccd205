// What a hub holds on to, once its garbage is collected: from outside, over Node's inspector. What it has of the
// system says little of that, as the collector takes its time while nothing is short.
import { once } from 'node:events'
import type { HubProcess } from '../hub.ts'

/** For Node, of a hub that is to be asked: on a port of 127.0.0.1 that is free. */
export const inspectable = ['--inspect=127.0.0.1:0']

interface Answer {
  id?: number
  result?: { result?: { value?: unknown } }
}

/** Bytes of the heap and of buffers beside it that are still in use. */
export async function liveBytes(hub: HubProcess): Promise<number> {
  const url = /ws:\/\/127\.0\.0\.1:\d+\/\S+/.exec(hub.printed)?.[0]
  if (url === undefined) throw new Error(`the hub was started without the inspector: ${hub.printed}`)
  const socket = new WebSocket(url)
  await once(socket, 'open')
  const ask = async (id: number, method: string, params = {}): Promise<Answer> => {
    socket.send(JSON.stringify({ id, method, params }))
    for (;;) {
      const [{ data }] = (await once(socket, 'message')) as [{ data: string }]
      const answer = JSON.parse(data) as Answer
      if (answer.id === id) return answer
    }
  }
  // What the first finds to be of no use lets go of more.
  await ask(1, 'HeapProfiler.collectGarbage')
  await ask(2, 'HeapProfiler.collectGarbage')
  const expression = 'process.memoryUsage().heapUsed + process.memoryUsage().external'
  const { result } = await ask(3, 'Runtime.evaluate', { expression })
  socket.close()
  await once(socket, 'close')
  return Number(result?.result?.value)
}
