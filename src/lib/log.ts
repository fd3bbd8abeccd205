// The log is for operators: one line per event, a constant message, variables as fields.
// Nothing is logged per message above debug, and never a payload or a secret.

export type LogFields = Record<string, string | number | boolean | undefined | null>

export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

/** Says nothing; for tests and for commands that print their own words. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
