// Payloads of commands from a template: text with {{device}}, {{command}}, {{request}}, {{params}} and
// {{params.path}}. What is filled in can't change what the template says: in a template that is JSON every value stays
// one value, in any other no control character comes in, and within double quotes text is escaped as JSON does it.
import { commandLimits } from './command.ts'

export const templateLimits = { charactersMax: 8_192, placeholdersMax: 64, depthMax: 16 } as const

/** What a template is filled in with. `params` is JSON; undefined: the command has none. */
export interface TemplateValues {
  device: string
  command: string
  request: number
  params: unknown
}

/** A value that can't be filled in; its message is a sentence. */
export class TemplateFault extends Error {
  readonly pointer: string

  /** @param pointer the member of the command that is at fault. */
  constructor(pointer: string, message: string) {
    super(message)
    this.pointer = pointer
  }
}

type Root = keyof TemplateValues

interface Place {
  root: Root
  path: readonly string[]
  /** As written, for complaints. */
  name: string
  isQuoted: boolean
}

export interface Template {
  /** One more than there are places: text, place, text … */
  texts: readonly string[]
  places: readonly Place[]
  /** Whether it is JSON, so that a place outside of quotes takes a whole value. */
  isJson: boolean
}

const placeholder = /\{\{\s*(device|command|request|params)((?:\.[A-Za-z0-9_-]{1,64})*)\s*\}\}/y

/** @returns a sentence that says what is wrong with it, or the template. */
export function parseTemplate(source: string): Template | string {
  const { charactersMax, placeholdersMax, depthMax } = templateLimits
  if (source.length > charactersMax) {
    return `A template may have ${charactersMax} characters at most; this one has ${source.length}.`
  }
  if (!source.isWellFormed()) return 'A template can’t contain half of a surrogate pair.'
  const texts: string[] = []
  const places: Place[] = []
  let isQuoted = false
  let textStart = 0
  for (let at = source.indexOf('{{'); at !== -1; at = source.indexOf('{{', textStart)) {
    placeholder.lastIndex = at
    const found = placeholder.exec(source)
    if (found === null) return unknownPlaceholder(source, at)
    const path = found[2] === '' ? [] : found[2]!.slice(1).split('.')
    const root = found[1] as Root
    if (path.length > 0 && root !== 'params') return `{{${root}}} has no members; only params has.`
    if (path.length > depthMax) return `A path has ${depthMax} members at most.`
    const text = source.slice(textStart, at)
    isQuoted = isQuotedAfter(text, isQuoted)
    texts.push(text)
    places.push({ root, path, name: [root, ...path].join('.'), isQuoted })
    if (places.length > placeholdersMax) return `A template has ${placeholdersMax} placeholders at most.`
    textStart = placeholder.lastIndex
  }
  texts.push(source.slice(textStart))
  const isJson = isJsonWith(texts, places)
  if (!isJson && /^\s*\{(?!\{)/.test(source)) {
    return 'The template begins like a JSON object and is none once its placeholders are filled in.'
  }
  return { texts, places, isJson }
}

function unknownPlaceholder(source: string, at: number): string {
  const written = source.slice(at, at + 40).toWellFormed()
  return (
    `At character ${at + 1}, ${JSON.stringify(written)} is no placeholder; there are {{device}}, {{command}}, ` +
    '{{request}}, {{params}} and {{params.path}}.'
  )
}

/** Whether what follows is within double quotes. */
function isQuotedAfter(text: string, isQuotedBefore: boolean): boolean {
  let isQuoted = isQuotedBefore
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') isQuoted = !isQuoted
    // Outside of quotes a backslash means nothing in JSON.
    else if (text[at] === '\\' && isQuoted) at++
  }
  return isQuoted
}

function isJsonWith(texts: readonly string[], places: readonly Place[]): boolean {
  const sample = texts.map((text, at) => text + (places[at] === undefined || places[at].isQuoted ? '' : '0'))
  try {
    JSON.parse(sample.join(''))
    // Two samples, so that no text beside a place makes one number with it.
    JSON.parse(sample.map((text, at) => withNull(text, places[at])).join(''))
    return true
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

function withNull(text: string, place: Place | undefined): string {
  return place === undefined || place.isQuoted ? text : `${text.slice(0, -1)}null`
}

/** @throws TemplateFault for a value that is missing or can't stand where it would. */
export function fillTemplate({ texts, places, isJson }: Template, values: TemplateValues): string {
  let filled = texts[0]!
  for (const [at, place] of places.entries()) {
    const value = valueAt(place, values)
    filled += isJson ? jsonText(value, place) : plainText(value, place)
    filled += texts[at + 1]!
    if (filled.length > commandLimits.payloadBytesMax) {
      const most = commandLimits.payloadBytesMax
      throw new TemplateFault('/params', `A command may have ${most} bytes at most; the template makes more.`)
    }
  }
  return filled
}

/** Members of their own alone: what objects inherit is nobody's parameter. */
function valueAt({ root, path, name }: Place, values: TemplateValues): unknown {
  let value = values[root] ?? null
  for (const member of path) {
    const isList = Array.isArray(value)
    const isThere =
      typeof value === 'object' &&
      value !== null &&
      (!isList || /^\d+$/.test(member)) &&
      Object.hasOwn(value, member)
    if (!isThere) throw new TemplateFault('/params', `The template needs ${name}, which the command lacks.`)
    value = (value as Record<string, unknown>)[member] ?? null
  }
  return value
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function jsonText(value: unknown, { isQuoted }: Place): string {
  return isQuoted ? escaped(textOf(value)) : JSON.stringify(value)
}

function plainText(value: unknown, { isQuoted, name, root }: Place): string {
  const text = textOf(value)
  if (isQuoted) return escaped(text)
  if (!/\p{Cc}/u.test(text)) return text
  const pointer = root === 'params' ? '/params' : `/${root}`
  throw new TemplateFault(pointer, `${name} has a control character, which this template can’t take.`)
}

/** As it stands between the quotes of a JSON string. */
function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}
