// Begins what converters do elsewhere for one message: a target with such a converter gets, when it is ready,
// another in its place that knows what this message gives.
import type { Message } from '../model/message.ts'
import type { Preparing, RouteTarget } from './contract.ts'

export function mustPrepare(targets: readonly RouteTarget[]): boolean {
  return targets.some(({ converter }) => converter.prepare !== undefined)
}

/** @param onFatal hears what no converter should do: rejecting.  */
export function beginPreparing(
  message: Message,
  targets: readonly RouteTarget[],
  onFatal: (error: unknown) => void,
): Preparing {
  const ready = Promise.all(targets.map((target) => prepared(message, target)))
  // Whoever waits for it sees the rejection as well; the process is ending by then.
  ready.catch(onFatal)
  return { ready, isCrowded: targets.some(({ converter }) => converter.isCrowded === true) }
}

async function prepared(message: Message, target: RouteTarget): Promise<RouteTarget> {
  const { converter, captures } = target
  if (converter.prepare === undefined) return target
  return { ...target, converter: await converter.prepare(message, captures) }
}
