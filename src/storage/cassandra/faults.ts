// What went wrong between us and the cluster, in the words of the error table. The driver wraps the errors of
// each host that it tried; whatever it says, a write that was not confirmed may still be there.
import { AckstoneError } from '../../errors.ts'

/** The parts of the driver's errors that are looked at. */
interface DriverError {
  message: string
  name?: string
  /** Code of the server's answer. */
  code?: unknown
  innerErrors?: Record<string, unknown>
}

const badCredentials = 0x0100
/** What Node says of a server's certificate that it does not accept. */
const untrusted =
  /^(CERT_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)|ERR_TLS_CERT_|HOSTNAME_MISMATCH)/
/** Overloaded, bootstrapping, truncating; write and read timeouts and failures; too few replicas. */
const overloaded = new Set([0x1000, 0x1001, 0x1002, 0x1003, 0x1100, 0x1200, 0x1300, 0x1500, 0x1700])

/** The operating error for something that the driver threw. */
export function faultOf(error: unknown, nodes: string): AckstoneError {
  if (error instanceof AckstoneError) return error
  const all = unwrap(error)
  const cause = all.at(-1)?.message ?? String(error)
  if (all.some(({ code }) => typeof code === 'string' && untrusted.test(code))) {
    return new AckstoneError('CLUSTER_UNTRUSTED', { nodes, cause }, error)
  }
  const codes = all.map(({ code }) => code).filter((code) => typeof code === 'number')
  if (all.some(({ name }) => name === 'AuthenticationError') || codes.includes(badCredentials)) {
    return new AckstoneError('CLUSTER_LOGIN', { nodes, cause }, error)
  }
  if (codes.some((code) => code >= 0x2000 && code <= 0x2400)) {
    return new AckstoneError('CLUSTER_REFUSED', { nodes, cause }, error)
  }
  if (codes.some((code) => overloaded.has(code)) || all.some(({ name }) => name === 'BusyConnectionError')) {
    return new AckstoneError('CLUSTER_OVERLOADED', { nodes, cause }, error)
  }
  return new AckstoneError('CLUSTER_UNAVAILABLE', { nodes, cause }, error)
}

/** The error and those inside it, the innermost last. */
function unwrap(error: unknown): DriverError[] {
  if (!(error instanceof Error)) return []
  const outer = error as DriverError
  const inner = Object.values(outer.innerErrors ?? {}).flatMap((one) => unwrap(one))
  return [outer, ...inner]
}
