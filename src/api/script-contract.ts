// The operations on scripts, rows of the contract like all others.
import { json, noContent, operation, storeErrors } from './operation.ts'
import * as shape from './script-shapes.ts'
import { idPath } from './shapes.ts'

const path = '/api/v1/scripts'
const tag = 'integrations'

export const scriptOperations = {
  listScripts: operation({
    id: 'listScripts',
    method: 'GET',
    path,
    tag,
    summary: 'All scripts, with what became of their calls.',
    answers: { 200: json('By name.', shape.scripts) },
  }),
  createScript: operation({
    id: 'createScript',
    method: 'POST',
    path,
    tag,
    summary: 'Keeps a script once it has been read without a fault.',
    body: shape.scriptDraft,
    answers: { 201: json('The script. `Location` names it.', shape.script) },
    errors: ['SCRIPT_INVALID', 'SCRIPT_NAME_TAKEN', 'SCRIPT_LIMIT', ...storeErrors],
  }),
  testScript: operation({
    id: 'testScript',
    method: 'POST',
    path: `${path}/test`,
    tag,
    summary: 'Runs a script on samples and commands; nothing is kept.',
    isAudited: false,
    body: shape.scriptTest,
    answers: { 200: json('What each gives.', shape.scriptTestResult) },
    errors: ['SCRIPT_NOT_FOUND'],
  }),
  getScript: operation({
    id: 'getScript',
    method: 'GET',
    path: `${path}/{id}`,
    tag,
    summary: 'One script, its newest version.',
    params: idPath,
    answers: { 200: json('The script.', shape.script) },
    errors: ['SCRIPT_NOT_FOUND'],
  }),
  scriptVersions: operation({
    id: 'scriptVersions',
    method: 'GET',
    path: `${path}/{id}/versions`,
    tag,
    summary: 'The versions of a script that are kept: the last twenty.',
    params: idPath,
    answers: { 200: json('The newest first.', shape.scriptVersions) },
    errors: ['SCRIPT_NOT_FOUND'],
  }),
  replaceScript: operation({
    id: 'replaceScript',
    method: 'PUT',
    path: `${path}/{id}`,
    tag,
    summary: 'Another version of a script; integrations use it as soon as this answers.',
    params: idPath,
    body: shape.scriptDraft,
    answers: { 200: json('The script.', shape.script) },
    errors: ['SCRIPT_NOT_FOUND', 'SCRIPT_INVALID', 'SCRIPT_NAME_TAKEN', ...storeErrors],
  }),
  removeScript: operation({
    id: 'removeScript',
    method: 'DELETE',
    path: `${path}/{id}`,
    tag,
    summary: 'Removes a script that no integration uses, with its versions.',
    params: idPath,
    answers: { 204: noContent },
    errors: ['SCRIPT_NOT_FOUND', 'SCRIPT_IN_USE', ...storeErrors],
  }),
} as const
