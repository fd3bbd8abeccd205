// The shape of how an integration's devices get commands. Shared with every client of the API, so it imports nothing
// but zod.
import { z } from 'zod'

export const commandForms = ['ackstone', 'assetwolf', 'thingsboard-rpc', 'raw', 'script', 'template'] as const

export const downlink = z
  .strictObject({
    form: z.enum(commandForms).describe('How commands are written.'),
    topic: z
      .string()
      .min(1)
      .max(1_000)
      .optional()
      .describe('Where they are published; {device} and {request} are filled in.'),
    template: z
      .string()
      .min(1)
      .max(8_192)
      .optional()
      .describe(
        'With the form `template`: the payload, with {{device}}, {{command}}, {{request}}, {{params}} and ' +
          '{{params.path}}.',
      ),
    script: z
      .string()
      .regex(/^[0-9a-z-]{1,64}$/, 'is not an identifier')
      .optional()
      .describe(
        'With the form `script`: whose encodeDownlink writes the payload; that of the converter unless told.',
      ),
    qos: z
      .union([z.literal(0), z.literal(1), z.literal(2)])
      .optional()
      .describe('1 unless told.'),
    responseTopic: z
      .string()
      .min(1)
      .max(1_000)
      .optional()
      .describe(
        'Where devices answer; {device} and {request} stand for levels. A bridge subscribes to it at its broker.',
      ),
  })
  .describe('How its devices get commands, where a command does not say it itself.')
