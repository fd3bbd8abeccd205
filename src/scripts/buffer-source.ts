// Node's Buffer as far as published codecs use it: bytes from numbers, hexadecimal digits, base64 and text, read and
// written as numbers of both byte orders. Written for the engine of the sandbox, which has typed arrays and no more.

/** An expression; its value is the class. */
export const bufferSource = `(() => {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  const hexOf = (byte) => (byte < 16 ? '0' : '') + byte.toString(16)

  const fromHex = (text) => {
    const bytes = []
    for (const pair of text.match(/^(?:[0-9a-f]{2})*/i)[0].match(/../g) || []) bytes.push(parseInt(pair, 16))
    return bytes
  }
  const fromBase64 = (text) => {
    const bytes = []
    let bits = 0
    let count = 0
    for (const character of text.replace(/-/g, '+').replace(/_/g, '/').replace(/[^A-Za-z0-9+/]/g, '')) {
      bits = ((bits << 6) | digits.indexOf(character)) & 0xfff
      count += 6
      if (count >= 8) bytes.push((bits >> (count -= 8)) & 0xff)
    }
    return bytes
  }
  const fromLatin1 = (text) => Array.from(text, (_, at) => text.charCodeAt(at) & 0xff)
  const fromUtf8 = (text) => fromLatin1(unescape(encodeURIComponent(text)))
  const bytesOf = (text, encoding = 'utf8') => {
    const name = encoding.toLowerCase()
    if (name === 'hex') return fromHex(text)
    if (name === 'base64' || name === 'base64url') return fromBase64(text)
    return /^(?:latin1|binary|ascii)$/.test(name) ? fromLatin1(text.split('').join('')) : fromUtf8(text)
  }
  const toLatin1 = (bytes) => {
    let text = ''
    for (const byte of bytes) text += String.fromCharCode(byte)
    return text
  }
  const toUtf8 = (bytes) => {
    try {
      return decodeURIComponent(escape(toLatin1(bytes)))
    } catch (_) {
      return toLatin1(bytes).replace(/[\\x80-\\xff]/g, '\\ufffd')
    }
  }
  const toBase64 = (bytes) => {
    let text = ''
    for (let at = 0; at < bytes.length; at += 3) {
      const [a, b = 0, c = 0] = bytes.slice(at, at + 3)
      const bits = (a << 16) | (b << 8) | c
      for (let i = 0; i < 4; i++) text += at + i > bytes.length ? '=' : digits[(bits >> (18 - 6 * i)) & 63]
    }
    return text
  }

  class Buffer extends Uint8Array {
    static from(value, encoding) {
      if (typeof value === 'string') return new Buffer(bytesOf(value, encoding))
      if (value instanceof ArrayBuffer) return new Buffer(value)
      return new Buffer(Array.from(value && value.type === 'Buffer' ? value.data : value))
    }
    static alloc(length, value = 0) {
      return new Buffer(length).fill(value)
    }
    static isBuffer(value) {
      return value instanceof Buffer
    }
    static byteLength(text, encoding) {
      return bytesOf(text, encoding).length
    }
    static concat(list) {
      return Buffer.from(list.flatMap((each) => Array.from(each)))
    }
    slice(start, end) {
      return this.subarray(start, end)
    }
    equals(other) {
      return this.length === other.length && this.every((byte, at) => byte === other[at])
    }
    toString(encoding = 'utf8', start = 0, end = this.length) {
      const bytes = Array.from(this.subarray(start, end))
      const name = encoding.toLowerCase()
      if (name === 'hex') return bytes.map(hexOf).join('')
      if (name === 'base64') return toBase64(bytes)
      if (name === 'base64url') return toBase64(bytes).replace(/=/g, '').replace(/[+]/g, '-').replace(/[/]/g, '_')
      if (name === 'ascii') return toLatin1(bytes.map((byte) => byte & 0x7f))
      return /^(?:latin1|binary)$/.test(name) ? toLatin1(bytes) : toUtf8(bytes)
    }
    toJSON() {
      return { type: 'Buffer', data: Array.from(this) }
    }
    readUIntBE(at, length) {
      let value = 0
      for (let i = 0; i < length; i++) value = value * 256 + this.#byte(at + i)
      return value
    }
    readUIntLE(at, length) {
      let value = 0
      for (let i = length - 1; i >= 0; i--) value = value * 256 + this.#byte(at + i)
      return value
    }
    readIntBE(at, length) {
      return signed(this.readUIntBE(at, length), length)
    }
    readIntLE(at, length) {
      return signed(this.readUIntLE(at, length), length)
    }
    #byte(at) {
      if (!(at >= 0 && at < this.length)) throw new RangeError('There is no byte ' + at + ' of ' + this.length)
      return this[at]
    }
  }
  const signed = (value, length) => (value >= 2 ** (8 * length - 1) ? value - 2 ** (8 * length) : value)

  const define = (name, run) => {
    Object.defineProperty(Buffer.prototype, name, { value: run, writable: true, configurable: true })
  }
  for (const [view, length] of [
    ['Uint8', 1], ['Int8', 1], ['Uint16', 2], ['Int16', 2], ['Uint32', 4], ['Int32', 4],
    ['Float32', 4], ['Float64', 8], ['BigInt64', 8], ['BigUint64', 8],
  ]) {
    const name = { Float32: 'Float', Float64: 'Double' }[view] || view
    for (const order of length === 1 ? [''] : ['LE', 'BE']) {
      const read = function (at = 0) {
        const data = new DataView(this.buffer, this.byteOffset, this.byteLength)
        return data['get' + view](at, order === 'LE')
      }
      const write = function (value, at = 0) {
        const data = new DataView(this.buffer, this.byteOffset, this.byteLength)
        data['set' + view](at, value, order === 'LE')
        return at + length
      }
      for (const each of [name, name.replace('Uint', 'UInt')]) {
        define('read' + each + order, read)
        define('write' + each + order, write)
      }
    }
  }
  return Buffer
})()`
