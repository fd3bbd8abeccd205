// Answers each packet with the least that MQTT allows and keeps nothing: what the generator reaches against
// it is the generator's own ceiling. `node bench/targets/echo-server.ts PORT`.
import { createServer, type Socket } from 'node:net'

const answerType: Record<number, number> = { 0x32: 0x40, 0x34: 0x50, 0x62: 0x70 }

function serve(socket: Socket): void {
  let rest: Buffer | undefined
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk])
    const answers = Buffer.allocUnsafe(bytes.length)
    let length = 0
    let at = 0
    // Remaining Length is one byte in every packet of the generator.
    while (at + 2 <= bytes.length) {
      const end = at + 2 + (bytes[at + 1] ?? 0)
      if (end > bytes.length) break
      const type = bytes[at] ?? 0
      const answer = answerType[type]
      if (answer !== undefined) {
        const idAt = type === 0x62 ? at + 2 : at + 4 + (bytes[at + 3] ?? 0)
        answers[length++] = answer
        answers[length++] = 2
        answers[length++] = bytes[idAt] ?? 0
        answers[length++] = bytes[idAt + 1] ?? 0
      } else if (type === 0x10) length += answers.write('\x20\x02\x00\x00', length, 'latin1')
      else if (type === 0xc0) length += answers.write('\xd0\x00', length, 'latin1')
      at = end
    }
    rest = at < bytes.length ? bytes.subarray(at) : undefined
    if (length > 0) socket.write(answers.subarray(0, length))
  })
}

createServer(serve).listen(Number(process.argv[2]), '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
