// Commands for devices over HTTP: sent, followed, called off.
import type { CommandRecord } from '../../commands/command.ts'
import { AckstoneError } from '../../errors.ts'
import { operations } from '../contract.ts'
import { decodeCursor, encodeCursor } from '../cursor.ts'
import type { ApiParts } from '../parts.ts'
import type { Register } from '../route.ts'
import type { Waits } from '../waits.ts'
import { pageLimitDefault } from './devices.ts'

export function commandRoutes(register: Register, parts: ApiParts, waits: Waits): void {
  const { commands } = parts

  register(operations.sendCommand, async ({ params: { device }, body, reply, tell }) => {
    const { expiresInSeconds, ...rest } = body
    const command = await waits.until(commands.send({ ...rest, device, expiresSeconds: expiresInSeconds }))
    tell({ target: device, changes: [{ member: 'command', to: command.command }] })
    const path = `/api/v1/devices/${encodeURIComponent(device)}/commands/${command.id}`
    reply.code(201).header('Location', path)
    return shown(command)
  })

  register(operations.listCommands, async ({ params: { device }, query }) => {
    const { limit = pageLimitDefault, cursor } = query
    const before = decodeCursor(cursor, 'commands', device)
    const found = commands.list(device, before, limit + 1)
    const page = found.slice(0, limit)
    const hasMore = found.length > limit
    return {
      items: page.map(shown),
      nextCursor: hasMore ? encodeCursor('commands', device, page[limit - 1]!.id) : null,
    }
  })

  register(operations.getCommand, async ({ params: { device, id } }) => {
    const command = commands.get(device, id)
    if (command === undefined) throw new AckstoneError('COMMAND_NOT_FOUND', { device, id })
    return shown(command)
  })

  register(operations.cancelCommand, async ({ params: { device, id }, tell }) => {
    const command = await waits.until(commands.cancel(device, id))
    tell({ target: device, changes: [{ member: 'command', from: command.command }] })
    return shown(command)
  })
}

function shown(record: CommandRecord) {
  const { id, device, integration, command, form, topic, payload, qos, request, state, reason } = record
  return {
    ...{ id, device, integration, command, form, topic, payloadBase64: payload, qos, request, state, reason },
    throughBridge: record.isBridged,
    responseTopic: record.responseTopic,
    createdAt: record.createdMs,
    expiresAt: record.expiresMs,
    sentAt: record.sentMs,
    deliveredAt: record.deliveredMs,
    answeredAt: record.answeredMs,
    answer: record.answer,
    answerIsText: record.isAnswerText,
  }
}
