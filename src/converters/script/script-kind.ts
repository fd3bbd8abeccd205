// The kind `script`: JavaScript of the user's own. Its options are here; what runs it belongs to scripts/ and comes in
// from outside, because converters are pure and a script is run by other threads.
import * as z from 'zod'
import { converterKind } from '../converter-kind.ts'
import type { Converter } from '../converter.ts'
import { flag } from '../option-shapes.ts'
import { reject } from '../rejections.ts'

/** Longest source of a script, UTF-8 bytes. Codecs that makers publish reach 360 KiB. */
export const scriptBytesMax = 512 * 1024

export interface ScriptOptions {
  /** Identifier of a script that is kept; or the source itself. */
  script?: string | undefined
  source?: string | undefined
  fPort: number
  normalize: boolean
  namesDevices: boolean
}

/** Makes converters of scripts. */
export interface ScriptTools {
  converter(options: ScriptOptions): Converter
}

/** Where scripts are not run, their messages are kept with that reason. */
export const unprepared: Converter = {
  decode() {
    reject('script_unprepared')
  },
}

export const scriptId = z
  .string({ error: 'A script is named by its identifier.' })
  .regex(/^[0-9a-z-]{1,64}$/, { error: 'This is no identifier of a script.' })

export const scriptSource = z
  .string({ error: 'The source is text.' })
  .refine((text) => text.trim() !== '' && Buffer.byteLength(text) <= scriptBytesMax, {
    error: `A script has 1 to ${scriptBytesMax} bytes.`,
  })

export const script = converterKind({
  type: 'script',
  title: 'Script',
  about: 'JavaScript of your own, or a codec of your LoRaWAN device’s maker: decodeUplink(input).',
  topics: ['plant/{device}/raw'],
  namesDevices: ({ namesDevices }) => namesDevices === true,
  topicFit: undefined,
  schema: z
    .strictObject({
      type: z.literal('script'),
      script: scriptId.optional().describe('Identifier of a script that is kept.'),
      source: scriptSource.optional().describe('The script itself, where it is for this integration alone.'),
      fPort: z
        .int({ error: 'The port is a whole number from 0 to 255.' })
        .min(0, { error: 'The port is a whole number from 0 to 255.' })
        .max(255, { error: 'The port is a whole number from 0 to 255.' })
        .default(1)
        .describe('What the script gets as fPort.'),
      normalize: flag('Whether normalizeUplink is used where the script has it.').default(true),
      namesDevices: flag(
        'Whether the script may name other devices than that of the topic or the login.',
      ).default(false),
    })
    .refine(({ script: id, source }) => (id === undefined) !== (source === undefined), {
      path: ['script'],
      error: 'Give either "script", the identifier of one that is kept, or "source".',
    }),
  create: (options, tools) => tools?.converter(options) ?? unprepared,
})
