// A crowd in a thread of its own, so that the honest neighbour's clock is not held up by it: many connections at
// once, many retained messages, many sessions that stay away, many subscribers, and bombs.
import { parentPort, workerData } from 'node:worker_threads'
import { sendBombs, subscribeBombs } from './bombs.ts'
import { connectAll, pileUp, readAll, retainAll } from './many.ts'
import { fanOut, stopReading } from './subscribers.ts'

export interface CrowdOrder {
  /** The MQTT port of the hub, or its HTTP port for `compressed`. */
  port: number
  kind: keyof typeof acts
  count: number
}

const acts = {
  /** So many clients connect at the same moment. */
  connect: connectAll,
  /** So many topics get a retained message. */
  retain: retainAll,
  /** Ten read so many retained messages, others look for what is not there. */
  read: readAll,
  /** So many lasting sessions begin, subscribe and stay away. */
  sessions: pileUp,
  /** So many subscribers stop reading while somebody floods them. */
  deaf: stopReading,
  /** So many subscribers of one topic get each message. */
  fan: fanOut,
  /** So many clients subscribe to as much as fits into a packet. */
  filters: subscribeBombs,
  /** So many WebSockets send frames that claim to be compressed. */
  compressed: sendBombs,
}

const { port, kind, count } = workerData as CrowdOrder
parentPort?.postMessage(await acts[kind](port, count))
// What is held stays open until the thread is ended.
parentPort?.ref()
