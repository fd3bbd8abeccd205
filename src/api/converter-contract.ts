// The operations on converters: which there are, which fits, what one makes of samples.
import { z } from 'zod'
import * as converterShape from './converter-shapes.ts'
import { json, operation } from './operation.ts'
import * as shape from './shapes.ts'

const api = '/api/v1'

export const converterOperations = {
  listConverters: operation({
    id: 'listConverters',
    method: 'GET',
    path: `${api}/converters`,
    tag: 'integrations',
    summary: 'The converters there are, each with its options.',
    answers: {
      200: json(
        'In the order of the reference.',
        z.strictObject({ items: z.array(converterShape.converterKind) }),
      ),
    },
  }),
  detectConverter: operation({
    id: 'detectConverter',
    method: 'POST',
    path: `${api}/converters/detect`,
    tag: 'integrations',
    summary: 'Proposes converters for messages that were seen; nothing is saved.',
    isAudited: false,
    body: converterShape.converterSamples,
    answers: {
      200: json(
        'Best first; empty when none fits.',
        z.strictObject({ candidates: z.array(converterShape.converterCandidate) }),
      ),
    },
    errors: ['CONVERTER_INVALID'],
  }),
  testConverter: operation({
    id: 'testConverter',
    method: 'POST',
    path: `${api}/converters/test`,
    tag: 'integrations',
    summary: 'Reads samples with a converter; nothing is saved.',
    isAudited: false,
    body: shape.converterTest,
    answers: { 200: json('What each sample gives.', shape.testResult) },
    errors: ['CONVERTER_INVALID'],
  }),
}
