// The one door to every converter: a checked spec in, a converter out.
import { AckstoneError } from '../errors.ts'
import { converterFaults } from './converter-spec.ts'
import type { Converter } from './converter.ts'
import { kindOf } from './kinds.ts'
import type { ScriptTools } from './script/script-kind.ts'

/** A converter keeps names it has met, so that it reads them faster: make one per topic, not per message.
 *  @param spec a type and its options, as docs/reference/converters.md lists them.
 *  @param tools what runs scripts.
 *  @throws AckstoneError CONVERTER_INVALID with one field error for each fault. */
export function createConverter(
  spec: { type: string; [option: string]: unknown },
  tools?: ScriptTools,
): Converter {
  const kind = kindOf(spec.type)
  const options = kind?.schema.safeParse(spec)
  if (kind === undefined || options?.success !== true) {
    const faults = converterFaults(spec)
    throw new AckstoneError('CONVERTER_INVALID', { fault: faults[0].detail }, undefined, faults)
  }
  return kind.create(options.data, tools)
}
