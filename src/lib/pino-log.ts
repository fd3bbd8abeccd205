// The log on a real process: JSON lines for machines, one readable line for a terminal.
import { pino } from 'pino'
import type { Log } from './log.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

export interface LogOptions {
  level: LogLevel
  format: 'json' | 'text'
  /** Where lines go; standard error by default, because standard output carries data. */
  write?: (line: string) => void
}

/** Opens the log of this process. */
export function createLog(options: LogOptions): Log {
  const write = options.write ?? ((line) => void process.stderr.write(line))
  const destination = {
    write: options.format === 'json' ? write : (line: string) => write(asText(line)),
  }
  const logger = pino(
    { level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'message' },
    destination,
  )
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
  }
}

const levelNames: Record<number, string> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error' }

function asText(line: string): string {
  const { level, time, message, ...fields } = JSON.parse(line) as Record<string, unknown>
  const clock = String(time).slice(11, 23)
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${asWord(value)}`)
  return [clock, levelNames[Number(level)] ?? level, message, ...rest].join(' ') + '\n'
}

function asWord(value: unknown): string {
  const text = String(value)
  return /[\s"=]/.test(text) ? JSON.stringify(text) : text
}
