// A first draft of how JSON that nobody has described is read: where its lists, times and devices stand, told by
// names and by what values look like. A person looks at it before it is used.
import type { Message } from '../../model/message.ts'
import { TimeZone } from '../time-zone.ts'
import { ConversionError } from '../converter.ts'
import { tsFromNumber, tsFromText } from '../reading-time.ts'
import { childrenOf, isMembers, leavesOf, listsIn, type Leaf, type Members } from './document-places.ts'
import { TimePattern } from './time-pattern.ts'

export interface Draft {
  type: 'json' | 'json-mapping'
  options: Record<string, unknown>
  /** Full sentences: what was found where. */
  why: string[]
}

interface TimeFound {
  leaf: Leaf
  pattern?: string
  timeZone?: string
}

/** What was found in one document. */
interface Found {
  each: string | undefined
  pair: { key: string; value: string } | undefined
  ts: TimeFound | undefined
  device: Leaf | undefined
  /** Path to the object that holds all numbers. */
  values: string | undefined
}

/** Names in the order in which they are believed. */
const timeNames = words(
  'ts timestamp time datetime date_time time_stamp measured_at recorded_at sampled_at event_time device_time ' +
    'created_at published_at sent_at sent tst epoch unixtime unix_time utc at t date gwts received_at',
)
const deviceNames = words(
  'device_id dev_id deviceid devid dev_eui deveui device_eui device dev serial_number serialnumber serial_no ' +
    'serialno serial sn imei mac mac_address node_id nodeid node sensor_id sensorid thing_id thing_name thing ' +
    'station_id station asset_id asset unit_id machine_id machine client_id clientid uid uuid id hostname host ' +
    'device_name devicename sensor name',
)
const keyNames = words(
  'name n key metric measurement measure variable parameter param property field tag channel label sensor type ' +
    'code path id',
)
const valueNames = words('value v val reading')
/** What a document that is one value calls its key; an identifier there is rather that of the device. */
const ownKeyNames = keyNames.filter(
  (name) => !['type', 'code', 'path', 'id', 'channel', 'label'].includes(name),
)
const containers = words(
  'data values payload readings measurements measures state reported fields object metrics params telemetry ' +
    'sensors decoded body msg message',
)
const patterns = [
  'DD.MM.YYYY HH:mm:ss',
  'DD.MM.YYYY HH:mm',
  'YYYY/MM/DD HH:mm:ss',
  'YYYY-MM-DD HH:mm',
  'YYYYMMDDHHmmss',
  'DD/MM/YYYY HH:mm:ss',
]
const utc = new TimeZone('UTC')
/** Times of measurements lie here, and few other numbers do. */
const earliestUs = Date.UTC(2005, 0) * 1000
const latestUs = Date.UTC(2100, 0) * 1000
/** Larger documents are read by a converter, but not guessed at. */
const bytesMax = 65_536

function words(text: string): string[] {
  return text.split(' ')
}

/** @param hasDevice whether the topics name the devices already.
 *  @returns undefined where JSON as it is needs nothing said, or where there is none. */
export function draftMapping(messages: readonly Message[], hasDevice: boolean): Draft | undefined {
  const documents = messages.map(documentOf).filter((document) => document !== undefined)
  const [fullest] = documents.toSorted((a, b) => leavesOf(b, '$').length - leavesOf(a, '$').length)
  return fullest === undefined ? undefined : draftOf(foundIn(fullest, hasDevice))
}

function documentOf({ source, payloadStart, payloadEnd }: Message): Members | Members[] | undefined {
  if (payloadEnd - payloadStart > bytesMax) return undefined
  try {
    const document: unknown = JSON.parse(source.toString('utf8', payloadStart, payloadEnd))
    if (Array.isArray(document) ? document.length > 0 && document.every(isMembers) : isMembers(document)) {
      return document as Members | Members[]
    }
    return undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** @param takesList false where the elements of its list can't be told apart: it stays JSON. */
function foundIn(root: Members | Members[], hasDevice: boolean, takesList = true): Found {
  const list = Array.isArray(root) ? { path: '$', elements: root } : takesList ? fullest(root) : undefined
  const [element] = list?.elements ?? []
  const pair = list === undefined ? pairIn([root as Members], ownKeyNames) : pairIn(list.elements, keyNames)
  const inElement = element === undefined ? [] : leavesOf(element, '@')
  const inRoot = Array.isArray(root) ? [] : leavesOf(root, '$')
  // Nearer places come first: elements of a list have times and devices of their own.
  const isInPair = ({ path }: Leaf): boolean => {
    const own = list === undefined ? `@${path.slice(1)}` : path
    return own === pair?.key || own === pair?.value
  }
  const leaves = [...inElement, ...inRoot].filter((leaf) => !isInPair(leaf))
  const times = leaves.filter((leaf) => !isTimeOfOne(leaf, leaves))
  const ts = timeIn(times.filter(({ path }) => path.startsWith('@'))) ?? timeIn(times)
  const others = leaves.filter(({ path }) => path !== ts?.leaf.path)
  const device = hasDevice ? undefined : named(others, deviceNames).find(isName)
  const isApart = list === undefined || pair !== undefined || areTold(list.elements, [ts?.leaf, device])
  if (!isApart && !Array.isArray(root)) return foundIn(root, hasDevice, false)
  const hasValues = list === undefined && pair === undefined
  const values = hasValues ? containerIn(root as Members, [ts?.leaf.path, device?.path]) : undefined
  return { each: list?.path, pair, ts, device, values }
}

/** The list that holds most of what is measured, and more than stands beside it. */
function fullest(root: Members) {
  const measured = (object: Members) => leavesOf(object, '@').filter(isMeasured).length
  const lists = listsIn(root).map((list) => ({
    ...list,
    count: list.elements.length * measured(list.elements[0]),
  }))
  const [best] = lists.toSorted((a, b) => b.count - a.count)
  return best !== undefined && best.count > 0 && best.count >= measured(root) ? best : undefined
}

/** Whether time or device tell the elements of a list apart: what they don't would overwrite each other. */
function areTold(elements: Members[], leaves: (Leaf | undefined)[]): boolean {
  const own = leaves.filter((leaf) => leaf?.path.startsWith('@') === true).map((leaf) => leaf?.path)
  const names = elements.map((element) =>
    JSON.stringify(
      leavesOf(element, '@')
        .filter(({ path }) => own.includes(path))
        .map(({ value }) => value),
    ),
  )
  return new Set(names).size === elements.length
}

/** The time of one value among others, as {"temp": {"value": 1, "timestamp": …}} has it, is not that of all. */
function isTimeOfOne({ path, depth, name }: Leaf, leaves: Leaf[]): boolean {
  if (depth === 1) return false
  const parent = path.slice(0, path.length - name.length - 1)
  const isContainer = containers.some((each) => parent.toLowerCase().endsWith(`.${each}`))
  const siblings = leaves.filter((leaf) => leaf.path !== path && leaf.path.startsWith(`${parent}.`))
  return !isContainer && siblings.some(isMeasured)
}

function isMeasured({ value }: Leaf): boolean {
  return typeof value === 'number' || typeof value === 'boolean'
}

/** {"name": "temp", "value": 21.5}: the key stands in the element. */
function pairIn(elements: Members[], names: string[]): Found['pair'] {
  const nameOf = (candidates: string[], fits: (value: unknown) => boolean) =>
    candidates.find((name) =>
      elements.every((element) => Object.hasOwn(element, name) && fits(element[name])),
    )
  const key = nameOf(names, (value) => typeof value === 'string' && value !== '')
  const value = nameOf(valueNames, (each) => typeof each !== 'object')
  return key === undefined || value === undefined ? undefined : { key: `@.${key}`, value: `@.${value}` }
}

/** Leaves with one of these names, those named first before the others. */
function named(leaves: Leaf[], names: string[]): Leaf[] {
  const rank = ({ name }: Leaf): number => {
    const plain = name.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase()
    const at = names.indexOf(plain)
    return at === -1 ? names.indexOf(name.toLowerCase()) : at
  }
  return leaves.filter((leaf) => rank(leaf) !== -1).toSorted((a, b) => rank(a) - rank(b))
}

function timeIn(leaves: Leaf[]): TimeFound | undefined {
  const known = named(leaves, timeNames)
  const likely = leaves.filter((leaf) => !known.includes(leaf) && /time|date|stamp|epoch/i.test(leaf.name))
  for (const leaf of [...known, ...likely]) {
    const found = timeOf(leaf)
    if (found !== undefined) return found
  }
  return undefined
}

function timeOf(leaf: Leaf): TimeFound | undefined {
  const { value } = leaf
  if (typeof value === 'number') return isRecent(tsFromNumber(value, 'auto')) ? { leaf } : undefined
  if (typeof value !== 'string' || value.length < 9) return undefined
  if (isRecent(tsIn(value))) return { leaf }
  if (isRecent(tsIn(value, utc))) return { leaf, timeZone: 'UTC' }
  const pattern = patterns.find((each) => isRecent(new TimePattern(each, utc).tsFrom(value)))
  return pattern === undefined ? undefined : { leaf, pattern, timeZone: 'UTC' }
}

function tsIn(text: string, zone?: TimeZone): number | undefined {
  try {
    return tsFromText(text, 'auto', zone)
  } catch (error) {
    if (error instanceof ConversionError) return undefined
    throw error
  }
}

function isRecent(us: number | undefined): boolean {
  return us !== undefined && us > earliestUs && us < latestUs
}

/** A document's own name is often that of what it describes. */
function isName({ value, name, path }: Leaf): boolean {
  if (name === 'name' && path.startsWith('$')) return false
  return typeof value === 'string' ? value !== '' && value.length <= 64 : Number.isSafeInteger(value)
}

/** The object that holds all that is measured, where its name says that it is one. */
function containerIn(root: Members, apart: (string | undefined)[]): string | undefined {
  let path = '$'
  let at = root
  for (;;) {
    const measured = leavesOf(root, '$').filter((leaf) => isMeasured(leaf) && !apart.includes(leaf.path))
    const inside = childrenOf(at, path).find(
      (child) =>
        isMembers(child.value) &&
        containers.includes(child.name.toLowerCase()) &&
        measured.length > 0 &&
        measured.every(
          (leaf) => leaf.path.startsWith(`${child.path}.`) || leaf.path.startsWith(`${child.path}[`),
        ),
    )
    if (inside === undefined) return path === '$' ? undefined : path
    path = inside.path
    at = inside.value as Members
  }
}

function draftOf(found: Found): Draft | undefined {
  const { each, pair, ts, device, values } = found
  const plain = plainOptions(found)
  const why = sentences(found)
  if (plain !== undefined) {
    return plain.deviceKey === undefined && plain.timeZone === undefined && plain.tsKey === undefined
      ? undefined
      : { type: 'json', options: plain, why }
  }
  const base = each === undefined ? '$' : '@'
  const isInValues = (leaf: Leaf | undefined): leaf is Leaf =>
    leaf !== undefined && pair === undefined && values === undefined && leaf.path.startsWith(base)
  const exclude = [ts?.leaf, device].filter(isInValues).map(({ key }) => key)
  const options = {
    ...(device !== undefined && { device: { path: device.path } }),
    ...(ts !== undefined && {
      ts: {
        path: ts.leaf.path,
        ...(ts.timeZone !== undefined && { timeZone: ts.timeZone }),
        ...(ts.pattern !== undefined && { pattern: ts.pattern }),
      },
    }),
    ...(each !== undefined && { each }),
    ...(values !== undefined && { values }),
    ...(pair !== undefined && { keyPath: pair.key, valuePath: pair.value }),
    ...(exclude.length > 0 && { exclude }),
  }
  return Object.keys(options).length === 0 ? undefined : { type: 'json-mapping', options, why }
}

/** Options of the kind `json`, where it can say all that was found: it is the simpler one. */
function plainOptions({ each, pair, ts, device, values }: Found) {
  const isPlain =
    (each === undefined || each === '$') &&
    pair === undefined &&
    (values === undefined || values === '$.values') &&
    ts?.pattern === undefined &&
    [ts?.leaf, device].every((leaf) => leaf === undefined || leaf.depth === 1)
  if (!isPlain) return undefined
  return {
    ...(ts !== undefined && ts.leaf.name !== 'ts' && { tsKey: ts.leaf.name }),
    ...(ts?.timeZone !== undefined && { timeZone: ts.timeZone }),
    ...(device !== undefined && { deviceKey: device.name }),
  } as { tsKey?: string; timeZone?: string; deviceKey?: string }
}

function sentences({ each, pair, ts, device, values }: Found): string[] {
  return [
    ...(each === undefined ? [] : [`The list ${each} is read element by element.`]),
    ...(pair === undefined
      ? []
      : [`Each element names its key at ${pair.key} and has its value at ${pair.value}.`]),
    ...(values === undefined ? [] : [`The values stand at ${values}.`]),
    ...(device === undefined ? [] : [`The device stands at ${device.path}.`]),
    ...(ts === undefined ? [] : [`The time stands at ${ts.leaf.path}.`]),
    ...(ts?.timeZone === undefined ? [] : ['It names no zone: say which one is meant, if it is not UTC.']),
  ]
}
