// The house rules, one function each: given the source files, each says what breaks it as
// "file:line rule: what and what instead". ARCHITECTURE.md explains the walls that they guard.
import { lineAt, type SourceFile } from './source.ts'

/** Who may import whom among the folders of src/. Its own folder and src/errors.ts are open to all. */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  model: ['lib'],
  mqtt: ['lib'],
  transport: ['lib'],
  storage: ['model', 'lib'],
  converters: ['model', 'lib'],
  ingest: ['model', 'converters', 'storage', 'lib'],
  inbound: ['model', 'mqtt', 'ingest', 'storage', 'lib'],
  commands: ['model', 'ingest', 'storage', 'lib'],
  scripts: ['model', 'converters', 'ingest', 'storage', 'delivery', 'lib'],
  broker: ['model', 'mqtt', 'transport', 'inbound', 'ingest', 'storage', 'lib'],
  access: ['model', 'mqtt', 'storage', 'ingest', 'lib'],
  identity: ['model', 'ingest', 'storage', 'access', 'lib'],
  client: ['mqtt', 'transport', 'lib'],
  integrations: [
    'model',
    'mqtt',
    'transport',
    'client',
    'commands',
    'converters',
    'inbound',
    'ingest',
    'storage',
    'lib',
  ],
  delivery: ['model', 'lib'],
  live: ['model', 'mqtt', 'delivery', 'lib'],
  config: ['lib'],
  api: ['model', 'lib'],
  cli: ['config', 'client', 'mqtt', 'transport', 'lib'],
}

/** Files a folder may import although its row above does not name their folder. */
const alsoMayImport: Readonly<Record<string, readonly string[]>> = {
  cli: [
    'src/api/contract.ts',
    'src/api/shapes.ts',
    'src/api/converter-shapes.ts',
    'src/api/access-shapes.ts',
    'src/api/identity-shapes.ts',
    'src/api/listening-shapes.ts',
    'src/api/bridge-shapes.ts',
    'src/api/script-shapes.ts',
    'src/api/command-shapes.ts',
    'src/api/downlink-shapes.ts',
  ],
}

/** What a folder may import as types only: the instances come from serve.ts. */
const typesOnly: Readonly<Record<string, readonly string[] | 'any'>> = {
  api: 'any',
  access: ['broker', 'transport'],
  delivery: ['converters', 'ingest', 'storage'],
  ingest: ['delivery'],
  live: ['ingest', 'storage'],
}

/** Files that build the house out of its modules. */
const builders = new Set([
  'src/serve.ts',
  'src/serve-commands.ts',
  'src/serve-observer.ts',
  'src/declared.ts',
  'src/main.ts',
])

/** What the portal may know of the hub: the contract of its API, as types. Who builds it reads the contract. */
const contractFile = /^src\/api\/([a-z-]+-)?(contract|shapes)\.ts$/
const portalBuilder = 'portal/vite.config.ts'

const linesMax = 400
/** A table that is read row by row, not from top to bottom, and must stay one. */
const tableLinesMax: Readonly<Record<string, number>> = { 'src/errors.ts': 900 }
const columnsMax = 120
/** For a line with a text that can't be broken: a message, a pattern, a test name. */
const columnsMaxWithText = 160
const longText = /(['"`/]) {24,}\1|`[^`]{40,}`/

/** The folder of src/ that a file belongs to; undefined for files directly in it and elsewhere. */
function moduleOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1]
}

export function importsAllowed(files: SourceFile[]): string[] {
  const broken = portalImports(files)
  for (const file of files.filter((each) => each.path.startsWith('src/') && !each.isTest)) {
    if (builders.has(file.path)) continue
    const from = moduleOf(file.path)
    const allowed = from === undefined ? [] : mayImport[from]
    if (allowed === undefined) {
      broken.push(`${file.path}:1 imports: src/${from}/ has no row in the table of test/tidy/rules.ts`)
      continue
    }
    for (const { file: target, isTypeOnly, line } of file.imports) {
      if (target === undefined || target === 'src/errors.ts') continue
      const to = moduleOf(target)
      if (to !== undefined && (to === from || allowed.includes(to))) continue
      const who = from ?? file.path
      if (isTypeOnly && (typesOnly[who] === 'any' || typesOnly[who]?.includes(to ?? ''))) continue
      if (alsoMayImport[who]?.includes(target)) continue
      const list = allowed.length === 0 ? 'nothing else' : allowed.join(', ')
      broken.push(`${file.path}:${line} imports: ${who} may not import ${target} (allowed: ${list})`)
    }
  }
  return broken
}

function portalImports(files: SourceFile[]): string[] {
  const broken: string[] = []
  for (const file of files.filter((each) => each.path.startsWith('portal/') && !each.isTest)) {
    for (const { file: target, isTypeOnly, line } of file.imports) {
      if (target === undefined || target.startsWith('portal/')) continue
      if (contractFile.test(target) && (isTypeOnly || file.path === portalBuilder)) continue
      broken.push(
        `${file.path}:${line} imports: the portal may not import ${target}, only types of the contract`,
      )
    }
  }
  return broken
}

/** Where the outside world may be touched: elsewhere time, chance and files come in as arguments. */
const mayTouchTheWorld = [
  /^src\/(transport|cli|config|lib)\//,
  /^src\/storage\/[^/]+\//,
  /^src\/serve\.ts$/,
  /^src\/main\.ts$/,
  /^src\/api\/[^/]*(static|http)[^/]*\.ts$/,
  /^(test|bench|portal)\//,
]
const worldCode = /\b(Date\.now|Math\.random|setTimeout|setInterval|new Date\(\))/g
const worldModules = /^(node:)?(net|tls|fs|fs\/promises|dgram|timers|timers\/promises)$|^classic-level$/

export function worldStaysOutside(files: SourceFile[]): string[] {
  const broken: string[] = []
  for (const file of files) {
    if (file.isTest || mayTouchTheWorld.some((place) => place.test(file.path))) continue
    for (const match of file.code.matchAll(worldCode)) {
      const what = match[1] ?? ''
      const instead = 'take a Clock from lib/clock.ts, or chance, as an argument'
      broken.push(`${file.path}:${lineAt(file.code, match.index)} world: ${what} here; ${instead}`)
    }
    for (const { specifier, isTypeOnly, line } of file.imports) {
      if (isTypeOnly || !worldModules.test(specifier)) continue
      broken.push(
        `${file.path}:${line} world: ${specifier} belongs in transport/, storage/*/, lib/ or serve.ts`,
      )
    }
  }
  return broken
}

export function noDeadFile(files: SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const reached = new Set<string>()
  const waiting = ['src/main.ts']
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const file = byPath.get(path)
    if (file === undefined || reached.has(path)) continue
    reached.add(path)
    for (const { file: target } of file.imports) if (target !== undefined) waiting.push(target)
  }
  return files
    .filter((file) => file.path.startsWith('src/') && !file.isTest && !reached.has(file.path))
    .map((file) => `${file.path}:1 dead: no import leads here from src/main.ts; use it or remove it`)
}

export function sizes(files: SourceFile[]): string[] {
  const broken: string[] = []
  for (const { path, lines, code } of files) {
    const codeLines = code.split('\n')
    const count = lines.at(-1) === '' ? lines.length - 1 : lines.length
    const most = tableLinesMax[path] ?? linesMax
    if (count > most) broken.push(`${path}:${count} size: ${count} lines, at most ${most}; divide it`)
    for (const [index, line] of lines.entries()) {
      const allowed = longText.test(codeLines[index] ?? '') ? columnsMaxWithText : columnsMax
      if (line.length > allowed)
        broken.push(`${path}:${index + 1} size: ${line.length} columns, at most ${allowed}`)
    }
  }
  return broken
}

export function opensWithItsReason(files: SourceFile[]): string[] {
  return files
    .filter((file) => !file.isTest && !/^(#!.*\n)?(\/\/ |\/\*\*? )/.test(file.text))
    .map((file) => `${file.path}:1 opening: a file opens with one to three sentences on why it exists`)
}

const vagueNames = /(^|[-/])(util|utils|helper|helpers|manager|service|common|misc)(\.|-|\/)/
const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.config)?\.(d\.ts|tsx?)$/

export function names(files: SourceFile[]): string[] {
  const broken: string[] = []
  for (const { path } of files) {
    const name = path.split('/').at(-1) ?? ''
    if (vagueNames.test(path)) broken.push(`${path}:1 name: say what it is; the word holds anything`)
    if (!kebabCase.test(name)) broken.push(`${path}:1 name: kebab-case`)
  }
  return broken
}

/** A caught error is decided upon or given more to say; a block with nothing inside hides a lost message. */
const emptyBlock = /\bcatch\s*(\([^)]*\)\s*)?\{\s*\}/g
/** Marks a promise as handled elsewhere; the line above says where. */
const silencer = /\.catch\(\s*(async\s*)?(\(\s*\w*\s*\)|\w+)\s*=>\s*(\{\s*\}|undefined|null|void 0)\s*\)/g

export function catchesDecide(files: SourceFile[]): string[] {
  const broken: string[] = []
  for (const file of files.filter((each) => each.path.startsWith('src/') && !each.isTest)) {
    for (const { index } of file.code.matchAll(emptyBlock)) {
      broken.push(`${file.path}:${lineAt(file.code, index)} catch: decide, add knowledge, or let it through`)
    }
    for (const { index } of file.code.matchAll(silencer)) {
      const line = lineAt(file.code, index)
      const isExplained = file.lines[line - 2]?.trim().startsWith('//') ?? false
      if (!isExplained)
        broken.push(`${file.path}:${line} catch: say in the line above who handles this promise`)
    }
  }
  return broken
}

const onlyCall = /\b(test|it|describe|suite)\.only\b|\bonly:\s*true\b/g

export function noOnly(files: SourceFile[]): string[] {
  const broken: string[] = []
  for (const file of files.filter((each) => each.isTest)) {
    for (const { index } of file.code.matchAll(onlyCall)) {
      broken.push(`${file.path}:${lineAt(file.code, index)} only: the other tests would not run`)
    }
  }
  return broken
}

/** Packages that src/ needs at run time stand under dependencies, not devDependencies. */
export function packagesDeclared(files: SourceFile[], declared: readonly string[]): string[] {
  const broken: string[] = []
  for (const file of files.filter((each) => each.path.startsWith('src/') && !each.isTest)) {
    for (const { specifier, line } of file.imports) {
      if (specifier.startsWith('.') || specifier.startsWith('node:')) continue
      const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
      if (declared.includes(name)) continue
      broken.push(`${file.path}:${line} package: ${name} is not under dependencies in package.json`)
    }
  }
  return broken
}

/** The project speaks of itself alone: no path of a workshop, no note to oneself, no host of a registry. */
const workshopWords = new RegExp(
  ['/wor' + 'k/', '\\bsha' + 'red/', '\\bDESI' + 'GN\\b', '/tmp/br' + 'ief', 'registry\\.npm' + 'js'].join(
    '|',
  ),
)

export function speaksOfItselfAlone(texts: { path: string; text: string }[]): string[] {
  const broken: string[] = []
  for (const { path, text } of texts) {
    for (const [index, line] of text.split('\n').entries()) {
      const word = workshopWords.exec(line)?.[0]
      if (word !== undefined) broken.push(`${path}:${index + 1} words: "${word}" means nothing to a reader`)
    }
  }
  return broken
}
