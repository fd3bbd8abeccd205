// As much of the CQL binary protocol (v4) as one question needs: it is how the tooling knows that a server
// answers, without the driver that it is there to test.
import net from 'node:net'
import tls from 'node:tls'

export const one = 0x0001

export const all = 0x0005

export const localQuery = 'SELECT release_version FROM system.local'

/** Makes a node write a table file. */
export const emptyingQuery = 'TRUNCATE system_traces.events'

export const replicatedQuery =
  'SELECT parent_id FROM system_distributed.parent_repair_history WHERE parent_id = 00000000-0000-1000-8000-000000000000'

function frame(opcode: number, body: Buffer): Buffer {
  const header = Buffer.alloc(9)
  header.writeUInt8(0x04, 0)
  header.writeUInt8(opcode, 4)
  header.writeUInt32BE(body.length, 5)
  return Buffer.concat([header, body])
}

function startupFrame(): Buffer {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value)
    return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes])
  }
  return frame(0x01, Buffer.concat([Buffer.from([0, 1]), text('CQL_VERSION'), text('3.0.0')]))
}

function queryFrame(cql: string, consistency: number): Buffer {
  const bytes = Buffer.from(cql)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return frame(0x07, Buffer.concat([length, bytes, Buffer.from([consistency >> 8, consistency & 0xff, 0])]))
}

/** Resolves when the server at host:port answers the query with a result; rejects with the reason it did not. */
export function ask(
  host: string,
  port: number,
  cql: string,
  consistency: number,
  timeoutMs: number,
  isTls = false,
): Promise<undefined> {
  return new Promise((resolve, reject) => {
    // Whether its certificate is right is for the tests to find out.
    const socket = isTls
      ? tls.connect({ host, port, rejectUnauthorized: false })
      : net.connect({ host, port })
    let received: Buffer = Buffer.alloc(0)
    const end = (error?: Error): void => {
      clearTimeout(timer)
      socket.destroy()
      if (error) reject(error)
      else resolve(undefined)
    }
    const timer = setTimeout(() => end(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs)
    socket.on(isTls ? 'secureConnect' : 'connect', () => socket.write(startupFrame()))
    socket.on('error', end)
    socket.on('close', () => end(new Error('the server closed the connection')))
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      while (received.length >= 9 && received.length >= 9 + received.readUInt32BE(5)) {
        const opcode = received[4]
        const body = received.subarray(9, 9 + received.readUInt32BE(5))
        received = received.subarray(9 + body.length)
        if (opcode === 0x02) socket.write(queryFrame(cql, consistency)) // READY
        else if (opcode === 0x08 || opcode === 0x03) end() // RESULT, or AUTHENTICATE: it wants a login first
        else if (opcode === 0x00) end(new Error(body.toString('utf8', 6, 6 + body.readUInt16BE(4)))) // ERROR
        else end(new Error(`unexpected answer 0x${opcode.toString(16)}`))
      }
    })
  })
}
