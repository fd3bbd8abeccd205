#!/usr/bin/env node
// Starts Ackstone with a Node that can run it: this one from version 24 on, else the one that npm has put
// into node_modules. Plain JavaScript that Node 20 can read.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'

const nodeMajorMin = 24
const badConfig = 78
const root = dirname(dirname(fileURLToPath(import.meta.url)))

// Built, when it was published; otherwise straight from the source.
const built = join(root, 'dist', 'main.js')
const main = existsSync(built) ? built : join(root, 'src', 'main.ts')

if (Number(process.versions.node.split('.')[0]) >= nodeMajorMin) {
  await import(pathToFileURL(main).href)
} else {
  const node = pinnedNode()
  if (node === undefined) {
    process.stderr.write(
      `Ackstone needs Node ${nodeMajorMin} or newer, and this is ${process.versions.node}.\n` +
        'Install a newer Node, or run `npm install` without --omit=optional: it brings one along.\n',
    )
    process.exitCode = badConfig
  } else {
    runWith(node)
  }
}

/** The Node among the optional dependencies that fits this machine. */
function pinnedNode() {
  const { platform, arch } = process
  const names = [`node-${platform === 'win32' ? 'win' : platform}-${arch}`, `node-bin-${platform}-${arch}`]
  const require = createRequire(import.meta.url)
  for (const name of names) {
    try {
      const folder = dirname(require.resolve(`${name}/package.json`))
      const file = join(folder, 'bin', platform === 'win32' ? 'node.exe' : 'node')
      if (existsSync(file)) return file
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error
    }
  }
  return undefined
}

function runWith(node) {
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`The Node at ${node} can’t be started: ${error.message}.\n`)
    process.exitCode = badConfig
  })
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? code : 128 + constants.signals[signal]
  })
}
