// The shapes of scripts over HTTP, as zod schemas. Shared with every client of the API, so it imports nothing but zod.
import { z } from 'zod'

const name = z.string().min(1).max(100).describe('Unlike the names of the others.')
const source = z
  .string()
  .min(1)
  .max(524_288)
  .describe('JavaScript with decodeUplink, encodeDownlink or both.')

export const scriptDraft = z.strictObject({ name, source })

const version = {
  version: z.int().describe('1, 2, 3 …'),
  source: z.string(),
  createdAt: z.string().describe('When this version was made, RFC 3339.'),
  author: z.string().nullable().describe('Who made it; null where nobody signed in.'),
}

export const scriptVersions = z.strictObject({ items: z.array(z.strictObject(version)) })

const figures = z.strictObject({
  runs: z.int().describe('Calls since the start of this hub.'),
  warnings: z.int(),
  failures: z.record(z.string(), z.int()).describe('By code.'),
  cpuMs: z
    .strictObject({ p50: z.number().nullable(), p99: z.number().nullable() })
    .describe('Processor time of a call, milliseconds.'),
  waiting: z.int().describe('Messages that wait for it.'),
  suspendedUntil: z.number().nullable().describe('Milliseconds since the epoch; null when it may run.'),
})

const shown = { id: z.string(), name: z.string(), ...version, firstAt: z.string() }
export const script = z.strictObject({ ...shown, usedBy: z.array(z.string()), figures })
export const scripts = z.strictObject({ items: z.array(script.omit({ source: true })) })

export const scriptTest = z.strictObject({
  source: source.optional(),
  script: z
    .string()
    .regex(/^[0-9a-z-]{1,64}$/, 'is not an identifier')
    .optional()
    .describe('A script that is kept, instead of a source.'),
  fPort: z.int().min(0).max(255).default(1),
  normalize: z.boolean().default(true),
  namesDevices: z.boolean().default(false),
  samples: z
    .array(
      z.strictObject({
        topic: z.string().min(1).max(65_535).default('sample'),
        payload: z.string().max(262_144).optional().describe('As text.'),
        payloadBase64: z.base64().max(349_528).optional().describe('Or as base64.'),
        device: z.string().max(256).default('').describe('That of the topic or the login.'),
        contentType: z.string().max(256).optional(),
        userProperties: z.record(z.string(), z.string()).optional(),
        time: z.number().optional().describe('When it came, milliseconds since the epoch; now unless told.'),
      }),
    )
    .max(100)
    .default([]),
  commands: z
    .array(
      z.strictObject({
        device: z.string().max(256),
        command: z.string().max(256),
        data: z.unknown().optional(),
      }),
    )
    .max(100)
    .default([]),
})

const failure = z.strictObject({
  code: z.string(),
  reason: z.string(),
  line: z.int().nullable(),
  column: z.int().nullable(),
})
const common = {
  error: failure.nullable(),
  console: z.array(z.string()),
  cpuMs: z
    .number()
    .describe('Processor time, milliseconds; the first call of a source has its loading in it.'),
}

export const scriptTestResult = z.strictObject({
  samples: z.array(
    z.strictObject({
      readings: z.array(
        z.strictObject({
          device: z.string(),
          key: z.string(),
          ts: z.number().nullable(),
          value: z.unknown(),
        }),
      ),
      warnings: z.array(z.string()),
      ...common,
    }),
  ),
  commands: z.array(
    z.strictObject({
      payloadBase64: z.string().nullable(),
      fPort: z.int().nullable(),
      topic: z.string().nullable(),
      ...common,
    }),
  ),
})
