function decodeUplink(input) {
  if (input.bytes.length < 2) return { errors: ['two bytes are needed'] }
  return { data: { temperature: ((input.bytes[0] << 8) | input.bytes[1]) / 100 } }
}
