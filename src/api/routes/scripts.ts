// Scripts over HTTP: kept, shown with their versions, and tried out on samples without keeping anything.
import type { z } from 'zod'
import { AckstoneError } from '../../errors.ts'
import type { Failure, Result } from '../../scripts/protocol.ts'
import type { ScriptRecord } from '../../scripts/scripts.ts'
import { operations } from '../contract.ts'
import { objectText } from '../json-text.ts'
import type { ApiParts } from '../parts.ts'
import type { Register } from '../route.ts'
import { convert, httpMessage, readingsText } from '../sample.ts'
import type { scriptTest } from '../script-shapes.ts'
import type { Waits } from '../waits.ts'

type Test = z.output<typeof scriptTest>

export function scriptRoutes(register: Register, parts: ApiParts, waits: Waits): void {
  const { scripts } = parts
  const find = (id: string): ScriptRecord => {
    const record = scripts.get(id)
    if (record === undefined) throw new AckstoneError('SCRIPT_NOT_FOUND', { id })
    return record
  }

  register(operations.listScripts, async () => ({
    items: scripts.list().map((record) => {
      const { source: _source, ...rest } = shown(parts, record)
      return rest
    }),
  }))

  register(operations.createScript, async ({ body, caller, reply, tell }) => {
    const record = await waits.until(scripts.create(body, authorOf(caller)))
    tell({ target: record.name, changes: [] })
    reply.code(201).header('Location', `/api/v1/scripts/${record.id}`)
    return shown(parts, record)
  })

  register(operations.getScript, async ({ params }) => shown(parts, find(params.id)))

  register(operations.scriptVersions, async ({ params }) => ({ items: await scripts.versions(params.id) }))

  register(operations.replaceScript, async ({ params, body, caller, tell }) => {
    const from = find(params.id).version
    const record = await waits.until(scripts.replace(params.id, body, authorOf(caller)))
    tell({ target: record.name, changes: [{ member: 'version', from, to: record.version }] })
    return shown(parts, record)
  })

  register(operations.removeScript, async ({ params, reply, tell }) => {
    const users = usersOf(parts, params.id)
    if (users.length > 0) {
      throw new AckstoneError('SCRIPT_IN_USE', { id: params.id, integrations: users.join(', ') })
    }
    const record = await waits.until(scripts.remove(params.id))
    tell({ target: record.name, changes: [] })
    return reply.code(204).send()
  })

  register(operations.testScript, async ({ body, reply }) => {
    if ((body.script === undefined) === (body.source === undefined)) {
      const detail = 'A test has either "source" or "script".'
      throw new AckstoneError('BODY_INVALID', {}, undefined, [{ pointer: '/source', detail }])
    }
    const source = body.source ?? find(body.script ?? '').source
    const samples: string[] = []
    for (const sample of body.samples) samples.push(await sampleText(parts, source, body, sample))
    const commands: string[] = []
    for (const command of body.commands) commands.push(await commandText(parts, source, command))
    const text = `{"samples":[${samples.join(',')}],"commands":[${commands.join(',')}]}`
    return reply.type('application/json').send(text)
  })
}

function shown(parts: ApiParts, record: ScriptRecord) {
  const { failures, ...figures } = parts.scripts.figures(record.id)!
  return {
    ...record,
    usedBy: usersOf(parts, record.id),
    figures: { ...figures, failures: Object.fromEntries(failures) },
  }
}

/** Names of the integrations that read with it. */
function usersOf({ integrations }: ApiParts, id: string): string[] {
  return integrations.list().flatMap(({ name, converter }) => {
    return converter['script'] === id ? [name] : []
  })
}

function authorOf({ name }: { name: string }): string | null {
  return name === '' ? null : name
}

async function sampleText(
  parts: ApiParts,
  source: string,
  { fPort, normalize, namesDevices }: Test,
  sample: Test['samples'][number],
): Promise<string> {
  const { topic, payload, payloadBase64, device, contentType, userProperties, time } = sample
  if ((payload === undefined) === (payloadBase64 === undefined)) {
    const detail = 'A sample has either "payload" or "payloadBase64".'
    throw new AckstoneError('BODY_INVALID', {}, undefined, [{ pointer: '/samples', detail }])
  }
  const bytes = payload === undefined ? Buffer.from(payloadBase64 ?? '', 'base64') : Buffer.from(payload)
  const message = httpMessage(parts, topic, bytes, device)
  if (time !== undefined) message.receivedTs = Math.round(time * 1000)
  message.properties = {
    ...(contentType !== undefined && { contentType }),
    userProperties: Object.entries(userProperties ?? {}),
  }
  const options = { source, fPort, normalize, namesDevices }
  const { result, converter } = await parts.scripts.tryUplink(options, message)
  const captures = { device: device === '' ? undefined : device, key: undefined }
  const target = { integration: '', qos: 1 as const, duplicates: 'overwrite' as const, converter, captures }
  const { readings, error } = convert(parts, target, message)
  const failure = result.failure ?? (error && { code: error.code, reason: error.message })
  return objectText([
    ['readings', `[${readingsText(readings)}]`],
    ['warnings', JSON.stringify(result.warnings)],
    ...commonText(result, failure),
  ])
}

async function commandText(
  parts: ApiParts,
  source: string,
  { device, command, data }: Test['commands'][number],
): Promise<string> {
  const now = Math.floor(parts.clock.nowUs() / 1000)
  const input = { now, device, command, data: data ?? null }
  const result = await parts.scripts.try(source, { call: 'encodeDownlink', input })
  const { downlink, failure } = result
  const base64 = downlink === undefined ? null : Buffer.from(downlink.bytes).toString('base64')
  return objectText([
    ['payloadBase64', JSON.stringify(base64)],
    ['fPort', JSON.stringify(downlink?.fPort ?? null)],
    ['topic', JSON.stringify(downlink?.topic ?? null)],
    ...commonText(result, failure),
  ])
}

function commonText(
  { console, cpuMs }: Result,
  failure: (Pick<Failure, 'code' | 'reason'> & Partial<Failure>) | undefined,
): [string, string][] {
  const error = failure === undefined ? null : { line: null, column: null, ...failure }
  return [
    ['error', JSON.stringify(error)],
    ['console', JSON.stringify(console)],
    ['cpuMs', JSON.stringify(Math.round(cpuMs * 1000) / 1000)],
  ]
}
