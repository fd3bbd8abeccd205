// What the pages on scripts ask the hub.
import { request } from '../../data/client.ts'

const api = '/api/v1/scripts'

export interface Script {
  id: string
  name: string
  version: number
  source: string
  createdAt: string
  updatedAt: string
}

export interface ScriptVersion {
  version: number
  source: string
  createdAt: string
}

export interface ScriptSample {
  topic: string
  payload?: string
  payloadBase64?: string
  fPort?: number
}

export interface ScriptResult {
  readings: { device: string; key: string; ts: number | null; value: unknown }[]
  error: { code: string; reason: string } | null
  console?: string[]
  ms?: number
}

async function ask<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await request(method, path, {
    ...(body !== undefined && { body }),
    ...(signal !== undefined && { signal }),
  })
  return (response.status === 204 ? undefined : await response.json()) as T
}

export async function listScripts(signal?: AbortSignal): Promise<Script[]> {
  return (await ask<{ items: Script[] }>('GET', api, undefined, signal)).items
}

export function getScript(id: string, signal?: AbortSignal): Promise<Script> {
  return ask('GET', `${api}/${encodeURIComponent(id)}`, undefined, signal)
}

export async function listVersions(id: string, signal?: AbortSignal): Promise<ScriptVersion[]> {
  return (
    await ask<{ items: ScriptVersion[] }>(
      'GET',
      `${api}/${encodeURIComponent(id)}/versions`,
      undefined,
      signal,
    )
  ).items
}

export function createScript(name: string, source: string): Promise<Script> {
  return ask('POST', api, { name, source })
}

export function replaceScript(id: string, name: string, source: string): Promise<Script> {
  return ask('PUT', `${api}/${encodeURIComponent(id)}`, { name, source })
}

export function removeScript(id: string): Promise<void> {
  return ask('DELETE', `${api}/${encodeURIComponent(id)}`)
}

/** Runs a script on samples in the sandbox; nothing is stored. */
export async function testScript(source: string, samples: readonly ScriptSample[]): Promise<ScriptResult[]> {
  return (await ask<{ samples: ScriptResult[] }>('POST', `${api}/test`, { source, samples })).samples
}
