// A cluster that asks for a login over TLS, and hubs that bring the right and the wrong things.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { AckstoneError } from '../../src/errors.ts'
import { Cluster } from '../../src/storage/cassandra/cluster.ts'
import type { ClusterOptions, TlsFiles } from '../../src/storage/cassandra/options.ts'
import { Authority, canIssue } from '../certificates.ts'
import { put, rowsOf } from '../contract/batches.ts'
import { lack, longRing } from '../tools.ts'
import { start, stop } from './server.ts'
import { withCassandra } from './shared-server.ts'
import { folderFor, openStore, optionsFor } from './stores.ts'

/** A new cluster makes its first login some seconds after it answers. */
const loginWithinMs = 60_000
const serverFolder = mkdtempSync(join(tmpdir(), 'ackstone-cassandra-secured-'))

const store = join(serverFolder, 'node-chain.pem')

/** Gives the node a certificate for an address. */
function certify(authority: Authority, address: string): void {
  const { cert, key } = authority.issue('node', 'node1', `IP:${address}`)
  writeFileSync(
    store,
    readFileSync(key, 'utf8') + readFileSync(cert, 'utf8') + readFileSync(authority.cert, 'utf8'),
  )
}

function securedYaml(): string {
  return [
    'authenticator: PasswordAuthenticator',
    'authorizer: CassandraAuthorizer',
    'permissions_validity: 0ms',
    'roles_validity: 0ms',
    'client_encryption_options:',
    '  enabled: true',
    '  optional: false',
    '  ssl_context_factory:',
    '    class_name: org.apache.cassandra.security.PEMBasedSslContextFactory',
    `  keystore: '${store}'`,
    '  require_client_auth: false',
  ].join('\n')
}

async function refusal(options: ClusterOptions): Promise<string> {
  try {
    const cluster = await Cluster.connect(options, undefined)
    await cluster.close()
    return 'connected'
  } catch (error) {
    return error instanceof AckstoneError ? error.code : String(error)
  }
}

/** Also waits until the cluster has made its first login. */
async function untilConnected(options: ClusterOptions): Promise<void> {
  const deadline = performance.now() + loginWithinMs
  for (;;) {
    const found = await refusal(options)
    if (found === 'connected') return
    assert.ok(performance.now() < deadline, `still refused: ${found}`)
    await sleep(500)
  }
}

withCassandra(() => {
  after(async () => {
    await stop(serverFolder, { kill: true, delete: true }).catch(() => undefined)
    rmSync(serverFolder, { recursive: true, force: true })
  })

  test(
    'TLS with verification and a login: the right ones store and read, each wrong one has its own error',
    longRing,
    async (t) => {
      if (!canIssue()) return lack(t, 'needs openssl, which is not installed here')
      const authority = new Authority(serverFolder)
      const stranger = new Authority(serverFolder, 'stranger')
      certify(authority, '127.0.0.2')
      const contact = await start(serverFolder, { port: 'auto', yaml: securedYaml() })
      const tls: TlsFiles = {
        isEnabled: true,
        ca: authority.cert,
        cert: undefined,
        key: undefined,
        isVerified: true,
      }
      const right = optionsFor(contact, 'secured', { tls, username: 'cassandra', password: 'cassandra' })
      await untilConnected({ ...right, tls: { ...tls, isVerified: false } })
      assert.equal(await refusal(right), 'CLUSTER_UNTRUSTED', 'its certificate is for another address')

      await stop(serverFolder, { kill: true })
      certify(authority, '127.0.0.1')
      await start(serverFolder)
      await untilConnected(right)

      assert.equal(await refusal({ ...right, password: 'wrong' }), 'CLUSTER_LOGIN')
      assert.equal(await refusal({ ...right, tls: { ...tls, ca: stranger.cert } }), 'CLUSTER_UNTRUSTED')
      assert.equal(await refusal({ ...right, tls: { ...tls, ca: undefined } }), 'CLUSTER_UNTRUSTED')
      assert.equal(
        await refusal({ ...right, tls: { ...tls, ca: join(serverFolder, 'none.pem') } }),
        'CLUSTER_CERTIFICATE',
      )
      assert.equal(await refusal({ ...right, tls: { ...tls, isEnabled: false } }), 'CLUSTER_UNAVAILABLE')
      const store = await openStore(t, right, folderFor(t))
      await put(store, 'd', 'k', [[1, 1]])
      assert.deepEqual(await rowsOf(store, 'd', 'k'), [[1, 1]])
      await assert.rejects(
        openStore(t, { ...right, tls: { ...tls, ca: stranger.cert } }, folderFor(t)),
        (error) => error instanceof AckstoneError && error.code === 'CLUSTER_UNTRUSTED',
        'a hub does not wait for a certificate that will not come',
      )

      // A login with no more than it needs, on a schema that was made for it.
      const cluster = await Cluster.connect(right, undefined)
      await cluster.define("CREATE ROLE hub WITH PASSWORD = 'p' AND LOGIN = true")
      const reader = { ...right, username: 'hub', password: 'p', createSchema: false }
      await cluster.define('GRANT SELECT ON KEYSPACE secured TO hub')
      const poor = await openStore(t, reader, folderFor(t))
      await assert.rejects(
        put(poor, 'd', 'k', [[2, 2]]),
        (error) => error instanceof AckstoneError && error.code === 'CLUSTER_REFUSED',
      )
      assert.equal(poor.health().code, 'CLUSTER_REFUSED')
      await cluster.define('GRANT MODIFY ON KEYSPACE secured TO hub')
      await cluster.close()
      await poor.close()
      const allowed = await openStore(t, reader, folderFor(t))
      await put(allowed, 'd', 'k', [[2, 2]])
      assert.equal((await rowsOf(store, 'd', 'k')).length, 2)
    },
  )
})
