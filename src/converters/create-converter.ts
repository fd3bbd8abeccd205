// The one door to every converter: a new type is a schema in converter-spec.ts and a case here.
import { AckstoneError } from '../errors.ts'
import { converterFaults, converterSpecSchema } from './converter-spec.ts'
import type { Converter } from './converter.ts'
import { GatewayConverter } from './gateway-converter.ts'
import { JsonConverter } from './json-converter.ts'
import type { JsonShape } from './json-shape.ts'
import { ValueConverter } from './value-converter.ts'

const thingsboardShape: JsonShape = {
  tsKey: 'ts',
  tsUnit: 'ms',
  valuesKey: 'values',
  deviceKey: undefined,
  nested: 'json',
  stringCharactersMax: undefined,
}

/** A converter keeps names it has met, so that it reads them faster: make one per topic, not per message.
 *  @param spec a type and its options, as docs/reference/converters.md lists them.
 *  @throws AckstoneError CONVERTER_INVALID with one field error for each fault. */
export function createConverter(spec: { type: string; [option: string]: unknown }): Converter {
  const { data: known } = converterSpecSchema.safeParse(spec)
  if (known === undefined) {
    const faults = converterFaults(spec)
    throw new AckstoneError('CONVERTER_INVALID', { fault: faults[0].detail }, undefined, faults)
  }
  switch (known.type) {
    case 'json':
      return new JsonConverter({
        tsKey: known.tsKey,
        tsUnit: known.tsUnit,
        valuesKey: 'values',
        deviceKey: known.deviceKey,
        nested: 'flatten',
        stringCharactersMax: undefined,
      })
    case 'assetwolf':
      return new JsonConverter({
        tsKey: 'timestamp',
        tsUnit: known.tsUnit,
        valuesKey: 'data',
        deviceKey: 'deviceId',
        nested: 'flatten',
        stringCharactersMax: 256,
      })
    case 'thingsboard':
      return new JsonConverter(thingsboardShape)
    case 'thingsboard-gateway':
      return new GatewayConverter(thingsboardShape)
    case 'value':
      return new ValueConverter({ valueType: known.valueType, key: known.key, tsUnit: known.tsUnit })
  }
}
