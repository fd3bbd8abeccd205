// The operations on commands for devices, rows of the contract like all others.
import * as shape from './command-shapes.ts'
import { json, operation, storeErrors } from './operation.ts'
import { devicePath } from './shapes.ts'

const path = '/api/v1/devices/{device}/commands'
const tag = 'devices'

export const commandOperations = {
  sendCommand: operation({
    id: 'sendCommand',
    method: 'POST',
    path,
    tag,
    summary: 'Sends a command to a device; it is kept until the device takes it, or until it expires.',
    params: devicePath,
    body: shape.commandDraft,
    answers: { 201: json('The command, as far as it is. `Location` names it.', shape.command) },
    errors: ['COMMAND_INVALID', 'COMMAND_LIMIT', 'SCRIPT_NOT_FOUND', ...storeErrors],
  }),
  listCommands: operation({
    id: 'listCommands',
    method: 'GET',
    path,
    tag,
    summary: 'Commands of a device, the newest first.',
    params: devicePath,
    query: shape.commandsQuery,
    answers: { 200: json('A page.', shape.commandsPage) },
    errors: ['CURSOR_INVALID'],
  }),
  getCommand: operation({
    id: 'getCommand',
    method: 'GET',
    path: `${path}/{id}`,
    tag,
    summary: 'One command: its state, and what the device answered.',
    params: shape.commandPath,
    answers: { 200: json('The command.', shape.command) },
    errors: ['COMMAND_NOT_FOUND'],
  }),
  cancelCommand: operation({
    id: 'cancelCommand',
    method: 'DELETE',
    path: `${path}/{id}`,
    tag,
    summary: 'Calls a command off that no session has yet.',
    params: shape.commandPath,
    answers: { 200: json('The command.', shape.command) },
    errors: ['COMMAND_NOT_FOUND', 'COMMAND_UNDER_WAY', 'COMMAND_ELSEWHERE', ...storeErrors],
  }),
} as const
