// What an empty editor begins with: a script that works and shows what it is given.

export const exampleScript = `// Called for each message. Return the readings, or errors that say why there are none.
function decodeUplink(input) {
  // input: { bytes, text, topic, fPort, recvTime, device, key, qos, retain }
  if (input.bytes.length < 2) return { errors: ['The payload is shorter than two bytes.'] }
  return {
    data: {
      temperature: ((input.bytes[0] << 8) | input.bytes[1]) / 100,
    },
  }
}
`
