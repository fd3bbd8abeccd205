// What listening gives, on another broker or on this hub's own endpoint: a few messages as samples, and
// figures about all that came. Shared with clients of the API, so it imports nothing but zod.
import { z } from 'zod'

export const listenSecondsMax = 30
export const samplesMax = 20
/** Beginning of a payload that a sample holds. */
export const samplePayloadBytesMax = 4_096

const count = z.int().min(0)
const qos = z.union([z.literal(0), z.literal(1), z.literal(2)])

const conversion = z.strictObject({
  device: z.string().nullable().describe('Of the first reading; null where there is none.'),
  readings: count,
  hasTime: z.boolean().describe('Every reading has a time of its own.'),
  error: z.strictObject({ code: z.string(), reason: z.string() }).nullable(),
})

export const listenedSample = z.strictObject({
  topic: z.string(),
  qos: qos.describe('As it was published, up to the QoS that was listened with.'),
  retained: z.boolean(),
  receivedAt: z.string(),
  bytes: count.describe('Size of the payload.'),
  payload: z.string().nullable().describe('The beginning, where it is UTF-8 text.'),
  payloadBase64: z.string().nullable().describe('The beginning, where it is not.'),
  isCut: z.boolean().describe(`The payload goes on: more than ${samplePayloadBytesMax} bytes.`),
  conversion: conversion.nullable().describe('What the converter makes of it; null without a converter.'),
})

export const listening = z.strictObject({
  seconds: z.number().describe('How long it was listened.'),
  messages: count,
  topics: count.describe('Different topic names, 10,000 at most.'),
  publishQos: z
    .strictObject({ qos0: count, qos1: count, qos2: count })
    .describe('Messages by the QoS they were published with, as far as it could be seen.'),
  qosSeenMax: qos.describe('The QoS listened with; what was published higher is counted here.'),
  retained: count.describe('Retained messages; they are old, and not counted by QoS.'),
  bytes: count.describe('Payloads together.'),
  tried: count.describe('Messages that the converter was tried on.'),
  decoded: count.describe('Of these, those it could read.'),
  withTime: count.describe('Of those, those whose readings all have a time of their own.'),
  samples: z.array(listenedSample).max(samplesMax),
})
