// What network servers and platforms ran before there was TS013, and what their users still paste: `Decoder` of The
// Things Network v2, `Decode` of ChirpStack v3, each with its encoder, and ThingsBoard's converters, which are the body
// of a function. Adapted in the sandbox, beside the script.

/** Name that a script gets which is the body of a function. */
export const bodyName = 'ThingsBoardConverter'

/** The script as a function of that name. It begins in the first line, so that lines of errors stay right. */
export function asFunction(body: string): string {
  return `function ${bodyName}(payload, metadata) {${body}\n}`
}

/** What the engine says of `return` outside of a function. */
export const returnOutside = 'return not in a function'

/** An expression: by the function that TS013 knows, the older names and how each becomes that function. */
export const olderCodecsSource = `(() => {
  const { isArray } = Array
  const { entries, keys } = Object

  /** Old functions return the data itself; a few return what decodeUplink would. */
  const shape = ['data', 'errors', 'warnings']
  const decoded = (result) => {
    const isWhole = result && !isArray(result) && typeof result.data === 'object'
    return isWhole && keys(result).every((key) => shape.includes(key)) ? result : { data: result }
  }
  const bytesOf = (result) => (result && result.bytes !== undefined ? result : { bytes: result })

  const listed = (value) => (isArray(value) ? value : [value])
  const converted = (result) => {
    const readings = []
    for (const one of listed(result)) {
      if (typeof one !== 'object') return one
      const { deviceName: device, telemetry } = one
      for (const each of telemetry === undefined ? [] : listed(telemetry)) {
        const hasValues = each && typeof each.values === 'object'
        const ts = hasValues ? each.ts : undefined
        for (const [key, value] of entries(hasValues ? each.values : each)) readings.push({ key, value, ts, device })
      }
    }
    return { readings }
  }

  return {
    __proto__: null,
    decodeUplink: [
      ['Decoder', (run) => ({ bytes, fPort, variables }) => decoded(run(bytes, fPort, variables))],
      ['Decode', (run) => ({ bytes, fPort, variables }) => decoded(run(fPort, bytes, variables))],
      ['${bodyName}', (run) => ({ bytes, fPort, topic, userProperties }) =>
        converted(run(bytes, { ...userProperties, topic, fPort }))],
    ],
    encodeDownlink: [
      ['Encoder', (run) => ({ data, fPort = 1, variables }) => bytesOf(run(data, fPort, variables))],
      ['Encode', (run) => ({ data, fPort = 1, variables }) => bytesOf(run(fPort, data, variables))],
    ],
  }
})()`
