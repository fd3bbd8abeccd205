// Devices that nobody has entered: one that knows a provisioning key and its secret asks for a token of its own, in the
// way that ThingsBoard's devices do; one with a certificate whose common name a rule allows needs nothing more.
import type { Admission, Desk } from '../broker/admission.ts'
import { AckstoneError } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Devices } from './devices.ts'
import { isDeviceName } from './names.ts'
import type { ProvisioningRule } from './records.ts'
import { digestOf, isSameDigest, newId, newToken } from './secrets.ts'
import type { Table } from './table.ts'

/** The user name of those who ask. */
export const provisioningName = 'provision'
const requestTopic = '/provision/request'
const responseTopic = '/provision/response'

export interface ProvisioningParts {
  rules: Table<ProvisioningRule>
  devices: Devices
  clock: Clock
  log: Log
}

export class Provisioning {
  readonly #parts: ProvisioningParts

  constructor(parts: ProvisioningParts) {
    this.#parts = parts
  }

  /** There is a rule by which somebody may ask. */
  get isOpen(): boolean {
    return this.#parts.rules.list().some((rule) => rule.kind === 'secret')
  }

  ruleForCertificate(commonName: string): ProvisioningRule | undefined {
    if (!isDeviceName(commonName)) return undefined
    return this.#parts.rules
      .list()
      .find((rule) => rule.kind === 'certificate' && this.#isInForce(rule) && fits(commonName, rule.pattern))
  }

  /** Lets somebody in who may only ask.
   *  @param refuseInTime makes a refusal take as long as any other. */
  admit(refuseInTime: (sinceMs: number) => Promise<void>): Admission {
    const desk: Desk = {
      receive: async (_topic, payload) => {
        const sinceMs = this.#parts.clock.monotonicMs()
        const answer = await this.#answer(payload)
        if (answer.status === 'FAILURE') await refuseInTime(sinceMs)
        return { topic: responseTopic, payload: Buffer.from(JSON.stringify(answer)) }
      },
    }
    const rights = {
      mayPublish: (topic: string) => topic === requestTopic,
      maySubscribe: (filter: string) => filter === responseTopic,
    }
    // Many ask at one time, often under the same client identifier: each has a session of its own.
    return { isAllowed: true, device: '', reasonCode: 0, owner: `p:${newId()}`, rights, desk }
  }

  async #answer(payload: Buffer): Promise<Record<string, string>> {
    const { rules, devices, log } = this.#parts
    const request = requestOf(payload)
    if (request === undefined) return failure('The request is not JSON with the members that are needed.')
    const { device, key, secret } = request
    const rule = rules.list().find((each) => each.kind === 'secret' && each.key === key)
    if (rule === undefined || !isSameDigest(digestOf(secret), rule.secretHash)) {
      log.info('provisioning refused: wrong key or secret')
      return failure('The key or the secret is wrong.')
    }
    if (!this.#isInForce(rule)) return failure('The rule has expired.')
    if (!isDeviceName(device) || !fits(device, rule.pattern)) {
      return failure('The rule does not allow this device name.')
    }
    const known = await devices.get(device)
    if (known !== undefined && known.credentials.length > 0) {
      return failure('The device has credentials already.')
    }
    return this.#provision(rule, device)
  }

  async #provision(rule: ProvisioningRule, device: string): Promise<Record<string, string>> {
    const { rules, devices, clock, log } = this.#parts
    const token = newToken()
    const createdAt = new Date(clock.nowUs() / 1000).toISOString()
    const lookup = `token/${digestOf(token)}`
    const credential = { id: newId(), kind: 'token' as const, lookup, createdAt, rule: rule.id }
    try {
      await rules.count(rule.id, (each) => {
        if (each.devices >= each.devicesMax) {
          throw new AckstoneError('ACCESS_LIMIT', { what: 'device of this rule', limit: each.devicesMax })
        }
        return { ...each, devices: each.devices + 1 }
      })
      const grants = { roles: rule.roles, publish: [], subscribe: [] }
      await devices.add(device, credential, grants)
    } catch (error) {
      if (!(error instanceof AckstoneError) || error.isRetryable) throw error
      return failure(error.message)
    }
    log.info('device provisioned', { device, rule: rule.id })
    return {
      status: 'SUCCESS',
      credentialsType: 'ACCESS_TOKEN',
      credentialsValue: token,
      accessToken: token,
      deviceId: device,
    }
  }

  #isInForce(rule: ProvisioningRule): boolean {
    return rule.expiresAt === '' || Date.parse(rule.expiresAt) * 1000 > this.#parts.clock.nowUs()
  }
}

function failure(errorMsg: string): Record<string, string> {
  return { status: 'FAILURE', errorMsg, provisionDeviceStatus: 'FAILURE' }
}

function requestOf(payload: Buffer): { device: string; key: string; secret: string } | undefined {
  let value: unknown
  try {
    value = JSON.parse(payload.toString())
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { deviceName, provisionDeviceKey, provisionDeviceSecret } = value as Record<string, unknown>
  const isWhole =
    typeof deviceName === 'string' &&
    typeof provisionDeviceKey === 'string' &&
    typeof provisionDeviceSecret === 'string'
  return isWhole ? { device: deviceName, key: provisionDeviceKey, secret: provisionDeviceSecret } : undefined
}

/** Whether a name fits a pattern in which `*` stands for any characters. Linear in both. */
export function fits(name: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  if (rest.length === 0) return name === pattern
  if (!name.startsWith(first)) return false
  const last = rest.pop() ?? ''
  let at = first.length
  for (const part of rest) {
    const found = name.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return name.length - last.length >= at && name.endsWith(last)
}
