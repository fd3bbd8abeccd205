// The one table of operating errors. docs/reference/errors.md lists the same rows; a test compares them.
// Programmer errors are not here: they are assertions (lib/assert.ts).

interface ErrorRow {
  /** What happened and where; `{name}` is filled from the details. */
  message: string
  /** What the reader should do, as a command where one exists. */
  hint: string
  httpStatus: number
  /** MQTT 5 reason code for a connection that meets this error; undefined where none fits. */
  reasonCode: number | undefined
  isRetryable: boolean
}

const table = {
  STORE_FULL: {
    message: 'The disk that holds {folder} is full, so nothing can be stored.',
    hint: 'Free space on that disk. A hub that runs goes on by itself and acknowledges nothing until then; one that did not start is started again.',
    httpStatus: 503,
    reasonCode: 0x88,
    isRetryable: true,
  },
  STORE_UNAVAILABLE: {
    message: 'The store in {folder} can’t be written: {cause}.',
    hint: 'Check the disk and its mount. A hub that runs goes on by itself and acknowledges nothing until then; one that did not start is started again.',
    httpStatus: 503,
    reasonCode: 0x88,
    isRetryable: true,
  },
  STORE_READ_ONLY: {
    message:
      'The data folder {folder} can’t be written: this user may not, or its disk is mounted read-only.',
    hint: 'Give the user that runs Ackstone write access to it, mount the disk for writing, or choose another with --data-dir.',
    httpStatus: 503,
    reasonCode: 0x88,
    isRetryable: true,
  },
  STORE_LOCKED: {
    message: 'The data folder {folder} is in use by another process.',
    hint: 'Stop the other Ackstone, or choose another folder with --data-dir.',
    httpStatus: 503,
    reasonCode: 0x88,
    isRetryable: false,
  },
  STORE_CORRUPT: {
    message: 'The store in {folder} is damaged: {cause}.',
    hint: 'Stop Ackstone, copy the folder as it is, then restore a backup or run `ackstone repair --data-dir {folder}`.',
    httpStatus: 503,
    reasonCode: 0x88,
    isRetryable: false,
  },
  STORE_MISSING: {
    message: 'There is no store in {folder}.',
    hint: 'Check the name of the data folder. A hub makes its store there when it first starts.',
    httpStatus: 503,
    reasonCode: 0x88,
    isRetryable: false,
  },
  STORE_NOT_A_FOLDER: {
    message: 'The data folder {folder} is no folder, or lies below something that is none.',
    hint: 'Move that file away, or choose another folder with --data-dir.',
    httpStatus: 503,
    reasonCode: 0x88,
    isRetryable: false,
  },
  STORE_FORMAT: {
    message: 'The data folder {folder} holds {found}; this Ackstone reads format {known}.',
    hint: 'Start the Ackstone that wrote it, or choose another folder with --data-dir.',
    httpStatus: 503,
    reasonCode: 0x88,
    isRetryable: false,
  },
  MOVE_HUB_RUNS: {
    message: 'A hub is running on the data folder {folder}; what it stores meanwhile would not be moved.',
    hint: 'Stop that hub, then run the command again.',
    httpStatus: 503,
    reasonCode: undefined,
    isRetryable: false,
  },
  MOVE_NO_SOURCE: {
    message: 'There is no store of {engine} in the data folder {folder}, so there is nothing to move.',
    hint: 'Name the folder of the hub that is to be moved with --from-data-dir.',
    httpStatus: 503,
    reasonCode: undefined,
    isRetryable: false,
  },
  MOVE_SAME_STORE: {
    message: 'Source and target are the same store: {source}.',
    hint: 'Give --from-data-dir and --to-data-dir different folders, or --from and --to different engines.',
    httpStatus: 503,
    reasonCode: undefined,
    isRetryable: false,
  },
  MOVE_TARGET_IN_USE: {
    message: 'The target {target} already holds data, and nothing of it may be overwritten.',
    hint: 'Choose an empty folder with --to-data-dir, or a new keyspace in the section cassandra.',
    httpStatus: 503,
    reasonCode: undefined,
    isRetryable: false,
  },
  MOVE_OTHER_SOURCE: {
    message: 'Into the target {target} another store has been or is being moved: {source}.',
    hint: 'Go on with that one, or choose another target.',
    httpStatus: 503,
    reasonCode: undefined,
    isRetryable: false,
  },
  MOVE_UNFINISHED: {
    message: 'The store at {folder} is not whole yet: {source} is still being moved into it.',
    hint: 'Run `ackstone migrate` with the same options again until it says that everything is verified.',
    httpStatus: 503,
    reasonCode: undefined,
    isRetryable: false,
  },
  STORE_CLOSED: {
    message: 'The hub is stopping, so nothing more is stored.',
    hint: 'Send it again when the hub is back.',
    httpStatus: 503,
    reasonCode: 0x8b,
    isRetryable: true,
  },
  CLUSTER_UNAVAILABLE: {
    message: 'Cassandra at {nodes} does not answer: {cause}.',
    hint: 'Check that its nodes run and can be reached. Ackstone goes on by itself; until then it acknowledges nothing.',
    httpStatus: 503,
    reasonCode: 0x88,
    isRetryable: true,
  },
  CLUSTER_OVERLOADED: {
    message: 'Too few nodes of Cassandra at {nodes} confirm in time: {cause}.',
    hint: 'Look at its load and for nodes that are down. Ackstone goes on by itself; until then it acknowledges nothing.',
    httpStatus: 503,
    reasonCode: 0x89,
    isRetryable: true,
  },
  CLUSTER_REFUSED: {
    message: 'Cassandra at {nodes} refuses what Ackstone asks of it: {cause}.',
    hint: 'Check the permissions of the login and that keyspace and tables are there, as `--print-schema` prints them.',
    httpStatus: 503,
    reasonCode: 0x88,
    isRetryable: true,
  },
  CLUSTER_LOGIN: {
    message: 'Cassandra at {nodes} does not accept the login: {cause}.',
    hint: 'Correct cassandra.username and cassandra.password.',
    httpStatus: 503,
    reasonCode: 0x88,
    isRetryable: true,
  },
  CLUSTER_SCHEMA: {
    message: 'The keyspace {keyspace} in Cassandra can’t be used: {cause}.',
    hint: '{remedy}',
    httpStatus: 503,
    reasonCode: undefined,
    isRetryable: false,
  },
  CLUSTER_CERTIFICATE: {
    message: 'The file {file} for the connection to Cassandra can’t be read: {cause}.',
    hint: 'Correct cassandra.tlsCa, cassandra.tlsCert or cassandra.tlsKey, or the permissions of the file.',
    httpStatus: 503,
    reasonCode: undefined,
    isRetryable: false,
  },
  CLUSTER_UNTRUSTED: {
    message: 'The certificate of Cassandra at {nodes} is not trusted: {cause}.',
    hint: 'Give the authority that issued it in cassandra.tlsCa; it must name the addresses of the nodes.',
    httpStatus: 503,
    reasonCode: 0x88,
    isRetryable: true,
  },
  ADDRESS_IN_USE: {
    message: 'Port {port} on {host} is in use by another program.',
    hint: 'Stop that program, or choose another port: --mqtt-port, --mqtts-port, --http-port.',
    httpStatus: 500,
    reasonCode: undefined,
    isRetryable: false,
  },
  ADDRESS_UNUSABLE: {
    message: 'Port {port} on {host} can’t be listened on: {cause}.',
    hint: 'Choose an address of this machine with --host, and a port above 1023 unless you are root.',
    httpStatus: 500,
    reasonCode: undefined,
    isRetryable: false,
  },
  TLS_INVALID: {
    message: 'The certificate file {file} can’t be used: {cause}.',
    hint: 'Check tls.cert, tls.key and tls.ca: PEM files that this user can read, each key belonging to its certificate.',
    httpStatus: 500,
    reasonCode: undefined,
    isRetryable: false,
  },
  URL_INVALID: {
    message: 'The URL {url} can’t be used: {cause}.',
    hint: 'Write it as mqtt://user:password@host:1883; the user and the port may be left out.',
    httpStatus: 422,
    reasonCode: undefined,
    isRetryable: false,
  },
  TOPIC_INVALID: {
    message: 'The topic {topic} can’t be used: {cause}.',
    hint: 'A topic has 1 to 65,535 bytes; + and # stand only in filters, each alone in its level.',
    httpStatus: 422,
    reasonCode: 0x90,
    isRetryable: false,
  },
  CONNECT_FAILED: {
    message: 'No MQTT connection to {address}: {cause}.',
    hint: 'Check the address, and that a broker listens there.',
    httpStatus: 502,
    reasonCode: undefined,
    isRetryable: true,
  },
  CONNECT_REFUSED: {
    message: 'The broker at {address} refused the connection with code {reasonCode}, {name}.{said}',
    hint: 'Check the user name, the password, the client identifier and the protocol version.',
    httpStatus: 502,
    reasonCode: undefined,
    isRetryable: true,
  },
  CONNECTION_LOST: {
    message: 'The MQTT connection to {address} ended: {cause}.',
    hint: 'Send again what was not acknowledged; the broker may or may not have it.',
    httpStatus: 502,
    reasonCode: undefined,
    isRetryable: true,
  },
  PROTOCOL_VIOLATION: {
    message: 'The broker at {address} broke the MQTT protocol: {cause}.',
    hint: 'Check that an MQTT broker of the chosen protocol version listens there.',
    httpStatus: 502,
    reasonCode: undefined,
    isRetryable: true,
  },
  SESSION_LOST: {
    message:
      'The broker at {address} has lost the session, so it is unknown whether this QoS 2 message arrived.',
    hint: 'Look whether it arrived, and send it again if not; with a time in its payload a repeat does no harm.',
    httpStatus: 502,
    reasonCode: undefined,
    isRetryable: true,
  },
  PUBLISH_QUEUE_FULL: {
    message: 'There are {count} requests to the broker waiting, and more are not kept.',
    hint: 'Wait for earlier ones to be acknowledged before sending more.',
    httpStatus: 503,
    reasonCode: 0x97,
    isRetryable: true,
  },
  BROKER_LACKS: {
    message: 'The broker at {address} doesn’t take {what}.',
    hint: 'Choose a lower QoS, a smaller message or no retain flag, or another broker.',
    httpStatus: 422,
    reasonCode: undefined,
    isRetryable: false,
  },
  BRIDGE_PAUSED: {
    message: 'The integration {id} is switched off, or has no connection to another broker.',
    hint: 'Switch it on with `ackstone integration update {id} --enable`.',
    httpStatus: 409,
    reasonCode: undefined,
    isRetryable: false,
  },
  CLIENT_ENDED: {
    message: 'The MQTT client was ended before this was acknowledged.',
    hint: 'Wait for what is pending before ending the client.',
    httpStatus: 503,
    reasonCode: undefined,
    isRetryable: true,
  },
  CONFIG_INVALID: {
    message: 'The configuration can’t be used:\n{problems}',
    hint: 'Correct what is named; `ackstone check-config` tells whether it is right. docs/reference/configuration.md lists all options.',
    httpStatus: 500,
    reasonCode: undefined,
    isRetryable: false,
  },
  CONFIG_UNSUPPORTED: {
    message: '{option} is not in this version of Ackstone.',
    hint: 'Leave it out.',
    httpStatus: 500,
    reasonCode: undefined,
    isRetryable: false,
  },
  CONVERTER_INVALID: {
    message: 'The converter can’t be made: {fault}',
    hint: 'Correct the converter; docs/reference/converters.md lists the types and their options.',
    httpStatus: 422,
    reasonCode: undefined,
    isRetryable: false,
  },
  INTEGRATION_INVALID: {
    message: 'The integration can’t work as given; members at fault: {count}.',
    hint: 'Correct the members named in `errors` and send it again.',
    httpStatus: 422,
    reasonCode: undefined,
    isRetryable: false,
  },
  INTEGRATION_NOT_FOUND: {
    message: 'There is no integration {id}.',
    hint: 'List them with `ackstone integration list`.',
    httpStatus: 404,
    reasonCode: undefined,
    isRetryable: false,
  },
  INTEGRATION_NAME_TAKEN: {
    message: 'Another integration is already called {name}.',
    hint: 'Choose another name, or change that integration.',
    httpStatus: 409,
    reasonCode: undefined,
    isRetryable: false,
  },
  INTEGRATION_MANAGED: {
    message:
      'The integration {name} can’t be changed here: it is part of Ackstone or declared in ackstone.yaml.',
    hint: 'Change it in ackstone.yaml and restart, or set up another one beside it.',
    httpStatus: 409,
    reasonCode: undefined,
    isRetryable: false,
  },
  INTEGRATION_LIMIT: {
    message: 'There are {limit} integrations, which is the most there can be.',
    hint: 'Remove one that is no longer needed.',
    httpStatus: 409,
    reasonCode: undefined,
    isRetryable: false,
  },
  SCRIPT_INVALID: {
    message: 'The script can’t be kept: {fault}',
    hint: 'Correct what is named in `errors`; docs/guide/scripts.md shows what a script looks like.',
    httpStatus: 422,
    reasonCode: undefined,
    isRetryable: false,
  },
  SCRIPT_NOT_FOUND: {
    message: 'There is no script {id}.',
    hint: 'List them with `ackstone script list`.',
    httpStatus: 404,
    reasonCode: undefined,
    isRetryable: false,
  },
  SCRIPT_NAME_TAKEN: {
    message: 'Another script is already called {name}.',
    hint: 'Choose another name, or change that script.',
    httpStatus: 409,
    reasonCode: undefined,
    isRetryable: false,
  },
  SCRIPT_IN_USE: {
    message: 'The script {id} is read with by {integrations}.',
    hint: 'Give these another converter first, then remove the script.',
    httpStatus: 409,
    reasonCode: undefined,
    isRetryable: false,
  },
  SCRIPT_LIMIT: {
    message: 'There are {limit} scripts, which is the most there can be.',
    hint: 'Remove one that is no longer needed.',
    httpStatus: 409,
    reasonCode: undefined,
    isRetryable: false,
  },
  COMMAND_INVALID: {
    message: 'The command can’t be sent as given: {fault}',
    hint: 'Correct the members named in `errors`; docs/guide/commands.md shows the forms.',
    httpStatus: 422,
    reasonCode: undefined,
    isRetryable: false,
  },
  COMMAND_LIMIT: {
    message:
      'The device {device} has {limit} commands that are not delivered, or the hub has too many in all.',
    hint: 'Wait until the device has taken some, or cancel those that are not needed.',
    httpStatus: 409,
    reasonCode: undefined,
    isRetryable: true,
  },
  COMMAND_NOT_FOUND: {
    message: 'The device {device} has no command {id}.',
    hint: 'List its commands with `ackstone device command list {device}`.',
    httpStatus: 404,
    reasonCode: undefined,
    isRetryable: false,
  },
  COMMAND_ELSEWHERE: {
    message: 'The command {id} was made on another hub of this store, which alone can call it off.',
    hint: 'Call it off there.',
    httpStatus: 409,
    reasonCode: undefined,
    isRetryable: false,
  },
  COMMAND_UNDER_WAY: {
    message: 'The command {id} is {state}, and can’t be called off any more.',
    hint: 'Only commands that are queued can be cancelled.',
    httpStatus: 409,
    reasonCode: undefined,
    isRetryable: false,
  },
  ACK_DEADLINE: {
    message: 'The store did not confirm within {waited} s, so this is not acknowledged.',
    hint: 'Send it again: readings that have a ts land on the same rows. /readyz says what is wrong with the store.',
    httpStatus: 503,
    reasonCode: undefined,
    isRetryable: true,
  },
  UNAUTHENTICATED: {
    message: 'This needs somebody who is signed in, or a key or token that is known, and there is none.',
    hint: 'Sign in again, or send the header `Authorization: Bearer KEY` with an API key or ACKSTONE_ADMIN_TOKEN.',
    httpStatus: 401,
    reasonCode: undefined,
    isRetryable: false,
  },
  TOO_MANY_ATTEMPTS: {
    message: 'Too many wrong passwords, keys or codes came from this address.',
    hint: 'Try again in {seconds} s with the right one.',
    httpStatus: 429,
    reasonCode: undefined,
    isRetryable: true,
  },
  FORBIDDEN: {
    message: 'This needs the role {needed}, and {who} has {has}.',
    hint: 'Ask an administrator to do it, or to give you that role.',
    httpStatus: 403,
    reasonCode: undefined,
    isRetryable: false,
  },
  CROSS_SITE: {
    message: 'A request that changes something came with a cookie, and not from a page of this hub.',
    hint: 'Programs send an API key as `Authorization: Bearer KEY`; pages must be of the same origin and send JSON.',
    httpStatus: 403,
    reasonCode: undefined,
    isRetryable: false,
  },
  LOGIN_WRONG: {
    message: 'The e-mail address and the password do not belong together.',
    hint: 'Try again. An administrator can give a new password.',
    httpStatus: 401,
    reasonCode: undefined,
    isRetryable: false,
  },
  PASSWORD_WRONG: {
    message: 'The current password is not right.',
    hint: 'Give the password with which you sign in. An administrator can set a new one.',
    httpStatus: 403,
    reasonCode: undefined,
    isRetryable: false,
  },
  PASSWORD_WEAK: {
    message: 'This password is not taken. {why}',
    hint: 'Choose 12 characters or more that nobody would guess: four words that do not belong together, for example.',
    httpStatus: 422,
    reasonCode: undefined,
    isRetryable: false,
  },
  INVITATION_WRONG: {
    message: 'This invitation is unknown, used already or too old.',
    hint: 'Ask an administrator for a new one.',
    httpStatus: 403,
    reasonCode: undefined,
    isRetryable: false,
  },
  SESSION_NEEDED: {
    message: 'This is about the sessions of a person, and {who} is a key or a token.',
    hint: 'Sign in with e-mail address and password first.',
    httpStatus: 409,
    reasonCode: undefined,
    isRetryable: false,
  },
  LAST_ADMINISTRATOR: {
    message: 'Nobody would be left who may administer this hub.',
    hint: 'Make another administrator first.',
    httpStatus: 409,
    reasonCode: undefined,
    isRetryable: false,
  },
  SETUP_DONE: {
    message: 'The first administrator is there already, so the setup is closed.',
    hint: 'Sign in as that administrator. Is the password lost, restart with --new-setup-code.',
    httpStatus: 409,
    reasonCode: undefined,
    isRetryable: false,
  },
  SETUP_CODE_WRONG: {
    message: 'This is not the setup code.',
    hint: 'Look for it in what `ackstone serve` printed when it started.',
    httpStatus: 403,
    reasonCode: undefined,
    isRetryable: false,
  },
  ACCESS_INVALID: {
    message: 'This can’t be entered: {fault}',
    hint: 'Correct the members named in `errors` and send it again.',
    httpStatus: 422,
    reasonCode: undefined,
    isRetryable: false,
  },
  ACCESS_NOT_FOUND: {
    message: 'There is no {what} {name}.',
    hint: 'List what there is with a GET of the path without the last part.',
    httpStatus: 404,
    reasonCode: undefined,
    isRetryable: false,
  },
  ACCESS_TAKEN: {
    message: 'There is already a {what} {name}.',
    hint: 'Choose another name, or change the one that is there.',
    httpStatus: 409,
    reasonCode: undefined,
    isRetryable: false,
  },
  ACCESS_LIMIT: {
    message: 'There are {limit} entries of the kind "{what}", which is the most there can be.',
    hint: 'Remove one that is no longer needed.',
    httpStatus: 409,
    reasonCode: undefined,
    isRetryable: false,
  },
  ACCESS_MANAGED: {
    message: 'The {what} {name} can’t be changed here: it is part of Ackstone or declared in ackstone.yaml.',
    hint: 'Change it in ackstone.yaml and restart, or make another one beside it.',
    httpStatus: 409,
    reasonCode: undefined,
    isRetryable: false,
  },
  NOT_FOUND: {
    message: 'There is nothing at {method} {path}.',
    hint: '/api/openapi.json lists all there is.',
    httpStatus: 404,
    reasonCode: undefined,
    isRetryable: false,
  },
  METHOD_NOT_ALLOWED: {
    message: '{path} does not take {method}.',
    hint: 'It takes {allowed}.',
    httpStatus: 405,
    reasonCode: undefined,
    isRetryable: false,
  },
  REQUEST_INVALID: {
    message: 'The request can’t be understood: {cause}.',
    hint: 'Correct the request.',
    httpStatus: 400,
    reasonCode: undefined,
    isRetryable: false,
  },
  PATH_INVALID: {
    message: 'A name in the path is not valid.',
    hint: 'Correct what `errors` names; percent-encode what is special in a URL.',
    httpStatus: 400,
    reasonCode: undefined,
    isRetryable: false,
  },
  QUERY_INVALID: {
    message: 'The query string is not valid.',
    hint: 'Correct the parameters named in `errors`.',
    httpStatus: 400,
    reasonCode: undefined,
    isRetryable: false,
  },
  CURSOR_INVALID: {
    message: 'The cursor is not one of this list with this filter.',
    hint: 'Begin again without a cursor.',
    httpStatus: 400,
    reasonCode: undefined,
    isRetryable: false,
  },
  NOT_ACCEPTABLE: {
    message: 'The Accept header allows none of what this can answer with: {types}.',
    hint: 'Ask for one of them, or leave the header out.',
    httpStatus: 406,
    reasonCode: undefined,
    isRetryable: false,
  },
  MEDIA_TYPE: {
    message: 'The body must be JSON; {type} is not read here.',
    hint: 'Send the header `Content-Type: application/json` and an uncompressed body.',
    httpStatus: 415,
    reasonCode: undefined,
    isRetryable: false,
  },
  BODY_MISSING: {
    message: 'This needs a body, and there is none.',
    hint: 'Send JSON.',
    httpStatus: 400,
    reasonCode: undefined,
    isRetryable: false,
  },
  BODY_TOO_LARGE: {
    message: 'The body is larger than {limit} bytes.',
    hint: 'Send less at a time, or raise limits.httpBodyBytesMax.',
    httpStatus: 413,
    reasonCode: undefined,
    isRetryable: false,
  },
  BODY_SYNTAX: {
    message: 'The body is not JSON that can be read: {cause}.',
    hint: 'Correct the JSON.',
    httpStatus: 400,
    reasonCode: undefined,
    isRetryable: false,
  },
  BODY_INVALID: {
    message: 'The body does not have the shape that is asked for.',
    hint: 'Correct the members named in `errors`.',
    httpStatus: 422,
    reasonCode: undefined,
    isRetryable: false,
  },
  TELEMETRY_UNREADABLE: {
    message: 'The body can’t become readings ({code}): {reason}',
    hint: 'Correct the body; docs/reference/converters.md says what `json` reads. Nothing was stored.',
    httpStatus: 400,
    reasonCode: undefined,
    isRetryable: false,
  },
  DEVICE_NOT_FOUND: {
    message: 'There is no device {device}.',
    hint: 'A device is there once it has stored something; list them with GET /api/v1/devices.',
    httpStatus: 404,
    reasonCode: undefined,
    isRetryable: false,
  },
  TRACE_NOT_FOUND: {
    message: 'There is no trace {id} any more.',
    hint: 'Only the newest messages are traced, and a restart forgets them; list them with GET /api/v1/traces.',
    httpStatus: 404,
    reasonCode: undefined,
    isRetryable: false,
  },
  LISTENING_NOT_FOUND: {
    message: 'Nobody is listening under {id} any more.',
    hint: 'Listening ends when nobody asks for what came; begin again with POST /api/v1/listening.',
    httpStatus: 404,
    reasonCode: undefined,
    isRetryable: false,
  },
  REJECTED_NOT_FOUND: {
    message: 'There is no rejected message {id}.',
    hint: 'It may have been stored meanwhile; list them with GET /api/v1/rejected.',
    httpStatus: 404,
    reasonCode: undefined,
    isRetryable: false,
  },
  REJECTED_UNREADABLE: {
    message: 'The message {id} still can’t become readings ({code}): {reason}',
    hint: 'Correct the converter of its integration, then retry. The message stays in the list.',
    httpStatus: 422,
    reasonCode: undefined,
    isRetryable: false,
  },
  REJECTED_WITHOUT_INTEGRATION: {
    message:
      'The integration {integration} that the message came through is gone or no longer wants {topic}.',
    hint: 'Set up an integration with that id and a filter for the topic, then retry.',
    httpStatus: 409,
    reasonCode: undefined,
    isRetryable: false,
  },
  BUSY: {
    message: 'Too many requests of this kind are under way.',
    hint: 'Try again in a few seconds.',
    httpStatus: 503,
    reasonCode: undefined,
    isRetryable: true,
  },
  INTERNAL: {
    message: 'Something inside Ackstone failed while it worked on request {request}.',
    hint: 'The log has the details under that requestId.',
    httpStatus: 500,
    reasonCode: undefined,
    isRetryable: false,
  },
} satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof table
export const errorTable: Readonly<Record<ErrorCode, ErrorRow>> = table

export type ErrorDetails = Record<string, string | number>

/** What is wrong with one field of what was given. */
export interface FieldError {
  /** JSON pointer (RFC 6901) to the field; empty for the whole. */
  pointer: string
  /** A full sentence. */
  detail: string
}

/** An operating error: something outside the program is not as it should be, and the program says so. */
export class AckstoneError extends Error {
  override name = 'AckstoneError'
  readonly code: ErrorCode
  readonly hint: string
  readonly details: ErrorDetails
  /** One entry for each field at fault, where the error is about given fields. */
  readonly fields: readonly FieldError[]

  constructor(
    code: ErrorCode,
    details: ErrorDetails = {},
    cause?: unknown,
    fields: readonly FieldError[] = [],
  ) {
    super(fill(errorTable[code].message, details), cause === undefined ? undefined : { cause })
    this.code = code
    this.hint = fill(errorTable[code].hint, details)
    this.details = details
    this.fields = fields
  }

  get httpStatus(): number {
    return errorTable[this.code].httpStatus
  }
  get reasonCode(): number | undefined {
    return errorTable[this.code].reasonCode
  }
  get isRetryable(): boolean {
    return errorTable[this.code].isRetryable
  }
}

function fill(template: string, details: ErrorDetails): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(details[name] ?? whole))
}
