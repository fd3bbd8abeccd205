// The operations about messages on their way and about how good a device's data is, rows of the contract like all
// others.
import * as shape from './live-shapes.ts'
import { json, operation } from './operation.ts'
import { devicePath, idPath } from './shapes.ts'

const api = '/api/v1'

export const liveOperations = {
  live: operation({
    id: 'live',
    method: 'GET',
    path: `${api}/live`,
    tag: 'live',
    summary: 'What happens, as server-sent events named as their topic.',
    query: shape.liveQuery,
    answers: {
      200: {
        description:
          'Never ends by itself. `readings` as they are stored; `stats` each second; `traffic`, ten times a second ' +
          'at most; `devices` and `integrations`, twice a second at most. Names and rates have a limit, and what ' +
          'exceeds it is counted as `skipped`.',
        content: { 'text/event-stream': undefined },
      },
    },
    errors: ['BUSY'],
  }),
  traces: operation({
    id: 'traces',
    method: 'GET',
    path: `${api}/traces`,
    tag: 'live',
    summary:
      'The newest messages and what became of them: all while there are few, a sample while there are many.',
    query: shape.tracesQuery,
    answers: { 200: json('Newest first.', shape.tracesPage) },
  }),
  trace: operation({
    id: 'trace',
    method: 'GET',
    path: `${api}/traces/{id}`,
    tag: 'live',
    summary: 'The way of one message: received, decoded, stored, acknowledged.',
    params: idPath,
    answers: { 200: json('The message.', shape.trace) },
    errors: ['TRACE_NOT_FOUND'],
  }),
  deliveryHistory: operation({
    id: 'deliveryHistory',
    method: 'GET',
    path: `${api}/delivery/history`,
    tag: 'delivery',
    summary: 'What happened in each minute of the last 24 hours, since the start.',
    answers: { 200: json('Oldest first.', shape.deliveryHistory) },
  }),
  device: operation({
    id: 'device',
    method: 'GET',
    path: `${api}/devices/{device}`,
    tag: 'devices',
    summary: 'One device.',
    params: devicePath,
    answers: { 200: json('The device.', shape.deviceDetail) },
    errors: ['DEVICE_NOT_FOUND'],
  }),
} as const
