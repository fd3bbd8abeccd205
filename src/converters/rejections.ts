// Every reason for which a payload can't become readings: code and sentence, one row each. The sentence is
// stored with the rejected message and sent to the publisher. docs/reference/converters.md has the same rows.
import { ConversionError } from './converter.ts'

/** Code → sentence; `{name}` is filled from the details. Bytes count from 0. */
export const rejectionSentences = {
  payload_empty: 'The payload is empty.',
  payload_length: 'The payload has {bytes} bytes; a converter reads {most} at most.',
  utf8: 'The payload is not UTF-8 text: see byte {at}.',
  json_bom: 'The payload begins with a byte order mark (EF BB BF); send JSON without one.',
  json_syntax: 'Not valid JSON: expected {expected} at byte {at}, found {found}.',
  json_surrogate: 'The text that begins at byte {at} has half a surrogate pair, which UTF-8 can’t express.',
  json_depth: 'Nesting goes deeper than {most} levels at byte {at}.',
  json_shape: 'Expected {expected}, found {found}.',
  binary_syntax: 'Not valid {format}: {what} at byte {at}.',
  binary_length: 'Written as JSON the payload has more than {most} bytes, at byte {at} of it.',
  senml_version: 'The records are of SenML version {found}; this hub reads versions up to {most}.',
  senml_field:
    'Record {number} has the field {name}, whose name says that it must be understood, and it is not.',
  line_syntax: 'Line {line} can’t be read: expected {expected} at byte {at}.',
  too_many_metrics: 'A Sparkplug payload may carry {most} metrics at most.',
  alias_unknown:
    'The alias {alias} of {device} belongs to a birth that this hub does not know; a new one has been asked for.',
  no_room: 'The birth of {node} can’t be remembered: this integration keeps as much as it may already.',
  topic_shape: 'The topic {topic} is none of this convention, which has topics like {expected}.',
  path_shape: 'At {path} there should be {expected}; there is {found}.',
  no_key: 'The bare value {found} needs a key: name one in the topic filter with "{key}", or send an object.',
  no_device: 'Nothing names the device: not the topic, not the payload, not the login.',
  device_type: 'The member {key} must name the device as text or a whole number; it is {found}.',
  device_length: 'A device identifier may have {most} bytes at most; this one has {bytes}.',
  device_refused: 'A device identifier may not contain the character U+0000.',
  key_empty: 'A telemetry key is empty.',
  key_length: 'A telemetry key may have {most} bytes at most; this one has {bytes}.',
  key_refused: 'The name {key} that begins at byte {at} is not allowed as a key.',
  too_many_keys: 'An object may carry {most} keys at most, with those of objects inside it; see byte {at}.',
  too_many_readings: 'A message may carry {most} readings at most.',
  not_finite: '{what} is not a finite number; leave it out or send null.',
  number_range: 'The number {number} is larger than a 64-bit integer or a double can be.',
  value_length: 'The value of {key} has {bytes} bytes; a string or JSON value may have {most} at most.',
  string_length: 'The text of {key} has {characters} characters; this converter takes {most} at most.',
  value_type: 'The payload {found} is not a {expected}, which this integration asks for.',
  ts_format: 'The time {found} is neither a number nor RFC 3339 text such as 2025-11-24T16:00:00.123Z.',
  ts_zone: 'The time {found} names no time zone; end it with Z or an offset such as +01:00.',
  ts_range: 'The time {found} is outside the years 1684 to 2255.',
  clock_ahead:
    'The time {found} is more than {most} h ahead of this hub’s clock. ' +
    'Set the device’s clock, or raise clockAheadMaxMs.',
  script_missing: 'There is no script {id} any more. Choose another for this integration.',
  script_function: 'The script has no function {name}.',
  script_syntax: 'The script can’t be read: {cause}{where}.',
  script_error: 'The script failed: {cause}{where}.',
  script_errors: 'The script says: {errors}',
  script_result: 'The script must return {expected}; it returned {found}.',
  script_device:
    'The script names the device {found}, and this integration’s script may only speak for that of the topic ' +
    'or the login. Set namesDevices to allow others.',
  script_time: 'The script took longer than {most} ms for this message.',
  script_memory: 'The script and its engine needed more than {most} MiB of memory for this message.',
  script_stack: 'The script calls itself too deep{where}.',
  script_output: 'The script returned more than {most} characters.',
  script_ended: 'The script did not come back for this message, and had to be ended with its thread.',
  script_suspended:
    'The script failed {count} times in a row for time or memory, and is not run before {until}. ' +
    'Retry this message later, or mend the script.',
  script_busy: 'Too many messages wait for this script. Retry this message later.',
  script_unprepared: 'This message came by a way on which scripts are not run. Retry it from the list.',
} satisfies Record<string, string>

export type RejectionCode = keyof typeof rejectionSentences
export type RejectionDetails = Record<string, string | number>

/** Why something can't be read, for whoever goes on with the rest. */
export function rejection(code: RejectionCode, details: RejectionDetails = {}): ConversionError {
  const sentence: string = rejectionSentences[code]
  return new ConversionError(
    code,
    sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(details[name] ?? whole)),
  )
}

/** @throws ConversionError always. */
export function reject(code: RejectionCode, details: RejectionDetails = {}): never {
  throw rejection(code, details)
}

const quotedMax = 64

/** Text from a payload as a sentence shows it: quoted, escaped, cut short. */
export function quoted(text: string): string {
  if (text.length <= quotedMax) return JSON.stringify(text)
  return JSON.stringify(`${text.slice(0, quotedMax)}…`)
}
