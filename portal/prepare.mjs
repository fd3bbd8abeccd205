// Builds the portal after `npm ci`. Where that is not possible (no development packages, an old Node) it says
// so in one line and lets the installation go on: the hub runs without it. Plain JavaScript for any Node.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const nodeMajorMin = 24
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')

/** Why the portal can't be built; undefined when it was. */
function build() {
  if (!existsSync(vite)) return 'the development packages are not installed'
  if (Number(process.versions.node.split('.')[0]) < nodeMajorMin) {
    return `building needs Node ${nodeMajorMin}, which comes with the optional packages`
  }
  const built = spawnSync(process.execPath, [vite, 'build', 'portal', '--logLevel', 'error'], {
    cwd: root,
    stdio: 'inherit',
  })
  return built.status === 0 ? undefined : 'the build failed'
}

const reason = build()
process.stdout.write(
  reason === undefined
    ? 'The portal is built.\n'
    : `The portal was not built: ${reason}. The hub runs without it; \`npm run build\` builds it.\n`,
)
