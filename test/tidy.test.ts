// The rules of the house: who may import whom, where the outside world is touched, sizes, names, and no
// dead file. A failure names file, line and rule.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import * as rules from './tidy/rules.ts'
import { parseSource, readSources, root } from './tidy/source.ts'

interface Manifest {
  scripts: Record<string, string>
  dependencies: Record<string, string>
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
const files = readSources(['src', 'test', 'bench', 'portal'])

function holds(broken: string[]): void {
  if (broken.length > 0) assert.fail(`\n${broken.join('\n')}`)
}

describe('tidy', () => {
  test('a module imports only what the table allows', () => holds(rules.importsAllowed(files)))
  test('time, chance, files and sockets come in from outside', () => holds(rules.worldStaysOutside(files)))
  test('no file is dead', () => holds(rules.noDeadFile(files)))
  test('files and lines are short', () => holds(rules.sizes(files)))
  test('each file opens with the reason for which it exists', () => holds(rules.opensWithItsReason(files)))
  test('file names say what is inside', () => holds(rules.names(files)))
  test('no caught error is dropped', () => holds(rules.catchesDecide(files)))
  test('no test shuts out the others', () => holds(rules.noOnly(files)))
  test('packages that the hub needs are declared', () =>
    holds(rules.packagesDeclared(files, Object.keys(manifest.dependencies))))
  test('the project speaks of itself alone', () => holds(rules.speaksOfItselfAlone(projectTexts())))

  test('the commands that the documents tell exist as scripts', () => {
    const broken: string[] = []
    for (const path of ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md']) {
      for (const [index, line] of readFileSync(join(root, path), 'utf8').split('\n').entries()) {
        for (const [, script = ''] of line.matchAll(/\bnpm (?:run )?(start|test|(?<=run )[a-z:]+)\b/g)) {
          if (manifest.scripts[script] === undefined)
            broken.push(`${path}:${index + 1} script: npm run ${script}`)
        }
      }
    }
    const readme = readFileSync(join(root, 'README.md'), 'utf8')
    for (const command of ['npm ci && npm start', 'npm test']) {
      if (!readme.includes(command)) broken.push(`README.md:1 script: does not tell \`${command}\``)
    }
    holds(broken)
  })

  test('the lock carries no address, so that any registry will do', () => {
    const lock = readFileSync(join(root, 'package-lock.json'), 'utf8')
    assert.doesNotMatch(lock, /"resolved": "http/)
  })
})

describe('the rules find what they look for', () => {
  const inBroker = (code: string): ReturnType<typeof parseSource> => parseSource('src/broker/x.ts', code)

  test('a wall that is climbed over', () => {
    const climbing = inBroker(
      "// Why.\nimport {\n  api,\n} from '../api/server.ts'\nexport * from '../api/y.ts'\n",
    )
    assert.deepEqual(
      rules.importsAllowed([climbing]).map((line) => line.split(' ')[0]),
      ['src/broker/x.ts:2', 'src/broker/x.ts:5'],
    )
    const types = parseSource('src/api/x.ts', "import { type Session } from '../broker/session.ts'\n")
    assert.deepEqual(rules.importsAllowed([types]), [])
    const values = parseSource('src/api/x.ts', "import { Session, type A } from '../broker/session.ts'\n")
    assert.equal(rules.importsAllowed([values]).length, 1)
    const portal = (from: string) =>
      parseSource('portal/ui/x.tsx', `// Why.\nimport { type a } from '${from}'\n`)
    assert.equal(rules.importsAllowed([portal('../../src/api/contract.ts')]).length, 0)
    assert.equal(rules.importsAllowed([portal('../../src/api/server.ts')]).length, 1)
    assert.equal(rules.importsAllowed([portal('../../src/storage/store.ts')]).length, 1)
  })

  test('time taken from the air, but not where it is only talked about', () => {
    const code =
      "const a = `${Date.now()} setTimeout`\n// Math.random\nconst b = /'/.test(a) // '\nsetTimeout(b)\n"
    assert.deepEqual(
      rules.worldStaysOutside([inBroker(code)]).map((line) => line.split(' ')[0]),
      ['src/broker/x.ts:1', 'src/broker/x.ts:4'],
    )
    assert.equal(rules.worldStaysOutside([inBroker("import { connect } from 'node:net'\n")]).length, 1)
  })

  test('a caught error that is dropped', () => {
    assert.equal(rules.catchesDecide([inBroker('try { f() } catch {\n  // never mind\n}\n')]).length, 1)
    assert.equal(rules.catchesDecide([inBroker('f().catch(() => undefined)\n')]).length, 1)
    assert.equal(rules.catchesDecide([inBroker('try { f() } catch (e) { throw g(e) }\n')]).length, 0)
  })

  test('a file that nobody imports', () => {
    const main = parseSource('src/main.ts', "const { serve } = await import('./serve.ts')\n")
    const serve = parseSource('src/serve.ts', "new Worker(new URL('./lib/w.ts', import.meta.url))\n")
    const worker = parseSource('src/lib/w.ts', '')
    assert.deepEqual(rules.noDeadFile([main, serve, worker]), [])
    assert.equal(rules.noDeadFile([main, worker]).length, 1)
  })
})

/** Every text of the project that is not installed or generated. */
function projectTexts(): { path: string; text: string }[] {
  const skipped = /^(node_modules|\.git|data|dist)$|^package-lock\.json$/
  const texts: { path: string; text: string }[] = []
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (skipped.test(entry.name)) continue
      if (entry.isDirectory()) visit(path)
      else if (/\.(tsx?|mjs|js|css|html|json|md|yaml|yml|svg|service|sh|py)$|^\.ci\/run$/.test(path))
        texts.push({ path, text: readFileSync(join(root, path), 'utf8') })
    }
  }
  visit('')
  assert.ok(existsSync(join(root, 'README.md')))
  return texts
}
