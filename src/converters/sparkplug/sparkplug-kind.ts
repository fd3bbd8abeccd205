// The kind `sparkplug-b`.
import * as z from 'zod'
import { converterKind, fitting } from '../converter-kind.ts'
import { SparkplugConverter } from './sparkplug-converter.ts'

export const sparkplugB = converterKind({
  type: 'sparkplug-b',
  title: 'Sparkplug B 3.0',
  about: 'Edge nodes of industry and their devices, called group/node and group/node/device.',
  topics: ['spBv1.0/#'],
  namesDevices: true,
  topicFit: fitting(/^(?:spBv1\.0|STATE)\//),
  schema: z.strictObject({ type: z.literal('sparkplug-b') }),
  create: () => new SparkplugConverter(),
})
