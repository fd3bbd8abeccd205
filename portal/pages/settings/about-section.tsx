// Which Ackstone this is, and a bundle of what the hub says about itself, for whoever is asked for help. Nothing in it
// is a secret, a payload or a reading.
import { call } from '../../data/client.ts'
import { useChange } from '../../data/change.ts'
import { useOperation } from '../../data/queries.ts'
import { useSession } from '../../data/session.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { KeyValues } from '../../ui/key-values.tsx'
import { saveFile } from './save-file.ts'

export function AboutSection() {
  const version = useOperation('version', {})
  const session = useSession()
  const change = useChange()
  const save = () =>
    change.run(async () => {
      const bundle = await diagnostics(session.role)
      const name = `ackstone-diagnostics-${new Date().toISOString().slice(0, 10)}.json`
      saveFile(name, 'application/json', [JSON.stringify(bundle, undefined, 2)])
    })
  return (
    <div className="stack">
      <section className="panel stack" aria-labelledby="about-version">
        <h2 id="about-version">This hub</h2>
        <KeyValues
          items={[
            { name: 'Ackstone', value: version.data?.version ?? '…' },
            { name: 'Node.js', value: version.data?.node ?? '…' },
            { name: 'Address', value: <code>{location.origin}</code> },
            { name: 'API', value: <a href="/api/openapi.json">OpenAPI description</a> },
            { name: 'Metrics', value: <a href="/metrics">For Prometheus</a> },
          ]}
        />
      </section>
      <section className="panel stack" aria-labelledby="about-bundle">
        <h2 id="about-bundle">Diagnostics</h2>
        <p>
          A JSON file with versions, the state of the store, delivery counters, integrations by name and kind,
          and metrics. It holds no secrets, no payloads and no readings; look through it before you send it to
          anybody.
        </p>
        {change.error !== undefined && <ErrorState error={change.error} />}
        <div>
          <Button icon="download" isBusy={change.isBusy} onClick={() => void save()}>
            Save the diagnostics bundle
          </Button>
        </div>
      </section>
      <p className="soft small">Ackstone is free software under the Apache License 2.0.</p>
    </div>
  )
}

async function diagnostics(role: string | null): Promise<Record<string, unknown>> {
  const [version, storage, delivery, integrations, readiness, metrics] = await Promise.all([
    call('version'),
    call('storage'),
    call('delivery'),
    call('listIntegrations'),
    fetch('/readyz').then((answer) => answer.json() as Promise<unknown>),
    fetch('/metrics').then((answer) => answer.text()),
  ])
  return {
    madeAt: new Date().toISOString(),
    browser: navigator.userAgent,
    role,
    version,
    storage,
    readiness,
    delivery,
    integrations: integrations.items.map(({ id, name, kind, topics, converter, enabled }) => {
      return { id, name, kind, qos: topics.map(({ qos }) => qos), converter: converter.type, enabled }
    }),
    metrics: metrics.split('\n').filter((line) => !line.startsWith('#')),
  }
}
