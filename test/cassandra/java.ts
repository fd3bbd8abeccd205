// Java, Maven, and the jars of the server: found, or fetched once into a cache.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const here = import.meta.dirname
const pomFile = path.join(here, 'pom.xml')
/** Cassandra 5.0 installs a SecurityManager, which newer Java versions refuse. */
const javaVersion = 17

/** An error whose message alone tells the user what to do: printed without a stack trace. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** Progress for a person. */
export function note(text: string): void {
  process.stderr.write(`cassandra: ${text}\n`)
}

function javaMajor(program: string): number | undefined {
  const result = spawnSync(program, ['-version'], { encoding: 'utf8' })
  const match = /version "(\d+)/.exec(result.stderr ?? '')
  return result.status === 0 && match ? Number(match[1]) : undefined
}

/** The path of a Java program of the right version. */
export function findJava(): string {
  const { CASSANDRA_TEST_JAVA: chosen, JAVA_HOME: home } = process.env
  const ofHome = home === undefined ? [] : [path.join(home, 'bin', 'java')]
  const candidates = chosen === undefined ? [...ofHome, 'java'] : [chosen]
  const seen: string[] = []
  for (const program of candidates) {
    const major = javaMajor(program)
    if (major === javaVersion) return program
    seen.push(`${program}: ${major ? `Java ${major}` : 'not there'}`)
  }
  throw new UsageError(
    `needs Java ${javaVersion}, and found none (${seen.join('; ')}).\n` +
      `  Debian, Ubuntu: apt-get install openjdk-${javaVersion}-jre-headless\n` +
      `  elsewhere: install a JDK ${javaVersion} and name its java program in CASSANDRA_TEST_JAVA`,
  )
}

/** The folder that holds the jars of the version pom.xml names; another pom.xml, another folder. */
function jarFolder(): string {
  const pom = fs.readFileSync(pomFile)
  const key = createHash('sha256').update(pom).digest('hex').slice(0, 12)
  const cache =
    process.env.CASSANDRA_TEST_CACHE ||
    path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'ackstone', 'cassandra')
  return path.resolve(cache, `${serverVersion()}-${key}`)
}

export function serverVersion(): string {
  const match = /<cassandra\.version>\s*([^<\s]+)\s*</.exec(fs.readFileSync(pomFile, 'utf8'))
  if (!match) throw new Error(`${pomFile} has no cassandra.version`)
  return match[1]
}

/**
 * Makes sure the jars are in the cache and returns their paths. The folder appears under its final
 * name only once it is whole, so an interrupted fetch leaves nothing that looks ready, and two
 * fetches at once do not disturb each other.
 */
export function ensureJars(): string[] {
  const folder = jarFolder()
  if (!fs.existsSync(folder)) {
    if (spawnSync('mvn', ['-v']).status !== 0) {
      throw new UsageError(
        'needs Maven (mvn) once, to fetch Cassandra, and found none on PATH.\n' +
          '  Debian, Ubuntu: apt-get install maven',
      )
    }
    fs.mkdirSync(path.dirname(folder), { recursive: true })
    const partial = fs.mkdtempSync(`${folder}.partial-`)
    try {
      note(`fetching Cassandra ${serverVersion()} with Maven (about 100 MB, once)`)
      const args = ['-B', '-q', '-f', pomFile, 'dependency:copy-dependencies', `-DoutputDirectory=${partial}`]
      const result = spawnSync('mvn', args, { encoding: 'utf8', maxBuffer: 64 << 20 })
      if (result.status !== 0)
        throw new UsageError(`Maven could not fetch Cassandra:\n${result.stdout}${result.stderr}`)
      fs.renameSync(partial, folder)
    } catch (error) {
      // Else another fetch was first.
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EEXIST' && code !== 'ENOTEMPTY') throw error
    } finally {
      fs.rmSync(partial, { recursive: true, force: true })
    }
  }
  const jars = fs
    .readdirSync(folder)
    .filter((name) => name.endsWith('.jar'))
    .sort()
  if (!jars.some((name) => name.startsWith('cassandra-all-'))) {
    throw new UsageError(`${folder} lacks Cassandra's jar: delete that folder and start again`)
  }
  return jars.map((name) => path.join(folder, name))
}

/** Options for every Java that is started, one a line in the file. */
export function javaOptions(): string[] {
  const lines = fs.readFileSync(path.join(here, 'jvm.options'), 'utf8').split('\n')
  return lines.map((line) => line.trim()).filter((line) => line && !line.startsWith('#'))
}
