// The kind `senml`, and how CBOR numbers its fields.
import * as z from 'zod'
import { converterKind } from '../converter-kind.ts'
import { FramedConverter } from '../framing/framed-converter.ts'
import { encoding } from '../option-shapes.ts'
import { SenmlConverter } from './senml-converter.ts'

/** RFC 8428 section 6, table 4. */
const labels: ReadonlyMap<number, string> = new Map([
  [-1, 'bver'],
  [-2, 'bn'],
  [-3, 'bt'],
  [-4, 'bu'],
  [-5, 'bv'],
  [-6, 'bs'],
  [0, 'n'],
  [1, 'u'],
  [2, 'v'],
  [3, 'vs'],
  [4, 'vb'],
  [5, 's'],
  [6, 't'],
  [7, 'ut'],
  [8, 'vd'],
])

export const senml = converterKind({
  type: 'senml',
  title: 'SenML',
  about: 'Sensor Measurement Lists of RFC 8428, as JSON or CBOR; the base name is the device.',
  topics: ['senml/{device}'],
  namesDevices: true,
  topicFit: (topic) => (/senml/i.test(topic) ? 1 : 0.4),
  variants: [{}, { encoding: 'cbor' }],
  schema: z.strictObject({ type: z.literal('senml'), encoding }),
  create: ({ encoding: written }) => new FramedConverter(new SenmlConverter(), written, labels),
})
