// What stands in a sandbox before the script: the message's time in place of the clock, chance that is the same each
// time, a console that is kept, and the one function that the host calls. It shares the script's realm, so it takes
// what it needs of the language before the script can change it, and the host believes nothing it returns.

import { bufferSource } from './buffer-source.ts'
import { olderCodecsSource } from './older-codecs.ts'

/** Console lines kept of one call, and characters of each. */
export const consoleLinesMax = 50
export const consoleLineCharactersMax = 400

/** Members by which a result says what JSON can't: integers beyond doubles, and numbers that are not finite. */
export const integerMark = '\u0000integer'
export const numberMark = '\u0000number'

/** An expression; its value is `(name, inputText) => resultText`. Without a name it looks for the functions that the
 *  script has, once. */
export const preludeSource = `(() => {
  'use strict'
  const { parse, stringify } = JSON
  const { construct, apply, ownKeys } = Reflect
  const { defineProperty } = Object
  const { isFinite } = Number
  const { max, floor } = Math
  const NativeDate = Date
  const indirectEval = eval
  const textOf = String
  const slice = String.prototype.slice
  let now = 0
  let seed = 1
  let lines = []

  function FixedDate(...parts) {
    const target = new.target === undefined ? FixedDate : new.target
    const date = construct(NativeDate, parts.length === 0 ? [now] : parts, target)
    return new.target === undefined ? date.toString() : date
  }
  FixedDate.prototype = NativeDate.prototype
  NativeDate.prototype.constructor = FixedDate
  FixedDate.now = () => now
  FixedDate.parse = NativeDate.parse
  FixedDate.UTC = NativeDate.UTC
  defineProperty(FixedDate, 'name', { value: 'Date' })
  defineProperty(FixedDate, 'length', { value: 7 })
  globalThis.Date = FixedDate

  Math.random = () => {
    seed = (seed * 48271) % 2147483647
    return seed / 2147483647
  }

  const shown = (value) => {
    if (typeof value === 'string') return value
    try {
      const text = typeof value === 'object' && value !== null ? stringify(value, marked) : textOf(value)
      return text === undefined ? 'undefined' : text
    } catch (error) {
      return '[unprintable]'
    }
  }
  const print = (...values) => {
    if (lines.length >= ${consoleLinesMax}) return
    let line = ''
    for (let i = 0; i < values.length; i++) line += (i === 0 ? '' : ' ') + shown(values[i])
    lines[lines.length] = apply(slice, line, [0, ${consoleLineCharactersMax}])
  }
  // What codecs expect that were written for Node: they export their functions, or read their bytes with Buffer.
  globalThis.module = { exports: {} }
  globalThis.exports = globalThis.module.exports
  globalThis.Buffer = ${bufferSource}
  globalThis.console = { log: print, info: print, warn: print, error: print, debug: print }

  const isView = ArrayBuffer.isView
  const listOf = Array.from
  // Typed arrays and Buffer are lists of numbers to whoever writes codecs; in JSON they would be objects.
  const marked = function (key, value) {
    const own = this[key]
    if (isView(own)) return apply(listOf, Array, [own])
    if (value && typeof value.then === 'function') throw new TypeError('a promise is no value: a script can’t wait')
    if (typeof value === 'bigint') return { [${JSON.stringify(integerMark)}]: textOf(value) }
    if (typeof value === 'number' && !isFinite(value)) return { [${JSON.stringify(numberMark)}]: textOf(value) }
    return value
  }

  const named = (name) => {
    const plain = indirectEval('typeof ' + name + ' === "function" ? ' + name + ' : undefined')
    const exported = globalThis.module && globalThis.module.exports
    return plain === undefined && exported && typeof exported[name] === 'function' ? exported[name] : plain
  }
  const older = ${olderCodecsSource}
  const found = (name) => {
    const own = named(name)
    if (own !== undefined) return own
    for (const [old, adapted] of older[name] || []) {
      const run = named(old)
      if (run !== undefined) return adapted(run)
    }
    return undefined
  }

  // A measurement that says nothing is as good as none.
  const saysSomething = (value) => {
    if (value === undefined || value === null) return false
    return typeof value !== 'object' || Object.values(value).some(saysSomething)
  }
  /** What is decoded stays where it can't be normalized, as with the network servers that codecs are written for. */
  const normalized = (result, normalize) => {
    let given
    try {
      given = normalize(result)
    } catch (error) {
      given = { errors: [error] }
    }
    const isUsable = given && !(given.errors && given.errors.length > 0) && saysSomething(given.data)
    if (isUsable) return { ...result, ...given }
    const reasons = given && given.errors ? given.errors : []
    const warnings = [...(result.warnings || []), ...reasons.map((each) => 'normalizeUplink: ' + textOf(each))]
    return { ...result, warnings }
  }

  const functions = { __proto__: null }

  return (name, inputText) => {
    if (name === '') {
      for (const each of ['decodeUplink', 'normalizeUplink', 'encodeDownlink']) functions[each] = found(each)
      return stringify(ownKeys(functions).filter((each) => functions[each] !== undefined))
    }
    const input = parse(inputText)
    now = input.now
    seed = 1
    lines = []
    delete input.now
    input.recvTime = new FixedDate(now)
    input.variables = {}
    const { payload } = input
    // Not enumerable: codecs copy their input, and what is no JSON must not fail for that.
    defineProperty(input, 'json', { get: () => parse(payload) })
    const run = functions[name]
    if (run === undefined) return stringify({ missing: name })
    let result = run(input)
    const isNormalized = name === 'decodeUplink' && input.normalize !== false
    const normalize = isNormalized ? functions.normalizeUplink : undefined
    if (normalize !== undefined && result && result.data && !(result.errors && result.errors.length > 0)) {
      result = normalized(result, normalize)
    }
    return stringify({ result, console: lines }, marked)
  }
})()`
