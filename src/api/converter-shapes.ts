// The shapes of what is listed, seen and proposed about converters.
import { z } from 'zod'
import { samplePayload } from './shapes.ts'

export const converterKind = z.strictObject({
  type: z.string(),
  title: z.string(),
  about: z.string().describe('For whom it is, in one sentence.'),
  topics: z.array(z.string()).describe('Topic filters that usually fit.'),
  options: z.looseObject({}).describe('JSON schema of an object with the options.'),
})

const { device: _, ...payload } = samplePayload

export const converterSamples = z.strictObject({
  samples: z
    .array(
      z.strictObject({
        topic: z.string().min(1).max(65_535),
        ...payload,
        qos: z.union([z.literal(0), z.literal(1), z.literal(2)]).optional(),
        retain: z.boolean().optional(),
      }),
    )
    .min(1)
    .max(100)
    .describe('In the order in which they came; the first 20 are looked at.'),
  filters: z
    .array(z.string().min(1).max(65_535))
    .max(100)
    .optional()
    .describe('Topic filters that took them; {device} and {key} in them count.'),
})

export const converterCandidate = z.strictObject({
  type: z.string(),
  options: z.looseObject({}).describe('Options that differ from their defaults.'),
  score: z.number().min(0).max(1),
  why: z.array(z.string()).describe('Full sentences.'),
})
