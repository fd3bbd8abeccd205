// Where the value of an option was said: shown by --print-config and named in every complaint.

export type Origin =
  | { source: 'default' }
  | { source: 'file'; file: string; line: number; column: number }
  | { source: 'environment'; variable: string }
  | { source: 'flag'; flag: string }

/** A value as one of the sources said it. */
export interface Said {
  value: unknown
  origin: Origin
}

/** `ackstone.yaml:3:7`, `ACKSTONE_HTTP_PORT`, `--http-port`, `default`. */
export function originText(origin: Origin): string {
  switch (origin.source) {
    case 'default':
      return 'default'
    case 'file':
      return `${origin.file}:${origin.line}:${origin.column}`
    case 'environment':
      return origin.variable
    case 'flag':
      return origin.flag
  }
}
