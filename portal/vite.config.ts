// Builds the portal into portal/dist, which the hub serves: hashed files, nothing inline (the policy of the
// pages forbids it), and each file compressed once here instead of at every request.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const hub = 'http://127.0.0.1:8080'
/** Smaller files gain nothing. */
const compressedBytesMin = 1_024

/** `virtual:operations`: method and path of each operation of the contract. The contract itself, with the
 *  schemas that the hub checks with, stays out of the bundle; the portal takes only its types. */
function operationPaths(): Plugin {
  const id = 'virtual:operations'
  return {
    name: 'ackstone-operations',
    resolveId: (source) => (source === id ? `\0${id}` : undefined),
    async load(path) {
      if (path !== `\0${id}`) return undefined
      const { operationList } = await import('../src/api/contract.ts')
      const rows = operationList.map((each) => [each.id, [each.method, each.path]])
      return `export const operations = ${JSON.stringify(Object.fromEntries(rows))}`
    },
  }
}

/** Writes .gz and .br beside every text of the build. */
function compressed(): Plugin {
  let folder = ''
  return {
    name: 'ackstone-compressed',
    apply: 'build',
    configResolved({ root, build }) {
      folder = join(root, build.outDir)
    },
    closeBundle() {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(js|css|html|svg|json|txt)$/.test(entry.name)) continue
        const path = join(entry.parentPath, entry.name)
        const bytes = readFileSync(path)
        if (bytes.length < compressedBytesMin) continue
        const params = {
          [constants.BROTLI_PARAM_QUALITY]: 9,
          [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
        }
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }))
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }))
      }
    },
  }
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), operationPaths(), compressed()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/healthz', '/readyz', '/metrics', '/version']
        .map((path) => [path, hub])
        .concat([['/mqtt', hub]]),
    ),
  },
})
