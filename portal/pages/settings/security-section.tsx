// What protects this hub: certificates and how long they last, whether devices show who they are, and sessions.
import { useOperation } from '../../data/queries.ts'
import type { AnswerOf } from '../../data/client.ts'
import { Callout } from '../../ui/callout.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { State } from '../../ui/state.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { Options, useSettings } from './options.tsx'

type Certificate = AnswerOf<'settings'>['certificates'][number]

/** Days before the end at which a certificate should be renewed. */
const soonDays = 21

const columns: Column<Certificate>[] = [
  { id: 'subject', title: 'For', cell: ({ subject }) => <code className="break">{subject}</code> },
  { id: 'issuer', title: 'By', cell: ({ issuer }) => <code className="break">{issuer}</code> },
  {
    id: 'notAfter',
    title: 'Ends',
    cell: ({ notAfter, daysLeft }) => (
      <span className="row">
        <RelativeTime at={notAfter} />
        {daysLeft < 0 && <State of="error">Over</State>}
        {daysLeft >= 0 && daysLeft < soonDays && <State of="warning">Renew it soon</State>}
      </span>
    ),
  },
]

export function SecuritySection() {
  const endpoints = useOperation('endpoints', {})
  const { data } = useSettings()
  const needsCredentials = endpoints.data?.devicesNeedCredentials
  return (
    <div className="stack-l">
      {needsCredentials === false && (
        <Callout kind="warning" title="Devices connect without credentials, and may publish as any device.">
          That is so while the hub listens on this machine alone, or was started with --allow-anonymous.
          Listening anywhere else, it asks for credentials by itself.
        </Callout>
      )}
      {needsCredentials === true && (
        <Callout kind="good" title="Devices show who they are.">
          Each has a token, a password or a certificate, and reads and writes its own topics only.
        </Callout>
      )}
      {data !== undefined && (
        <section className="stack" aria-labelledby="security-certificates">
          <h2 id="security-certificates">Certificates</h2>
          {data.certificates.length === 0 ? (
            <Callout kind="info" title="There are no certificates, so nothing is encrypted.">
              Give tls.cert and tls.key, and MQTT over TLS and HTTPS are there. New files are read without a
              restart.
            </Callout>
          ) : (
            <Table
              caption="Certificates"
              columns={columns}
              rows={data.certificates}
              keyOf={({ subject, notAfter }) => `${subject} ${notAfter}`}
            />
          )}
        </section>
      )}
      <section className="panel stack-s" aria-labelledby="security-sessions">
        <h2 id="security-sessions">Sessions</h2>
        <p>
          A session ends after 12 hours without use, after 30 days in any case, and at once with another role
          or password. Its cookie is out of reach of scripts and of other sites. Over plain HTTP, whoever
          reads the traffic can read it too: use TLS anywhere but on your own machine.
        </p>
      </section>
      <section className="stack" aria-labelledby="security-options">
        <h2 id="security-options">Options</h2>
        <Options
          caption="Options of security"
          isShown={(name) =>
            /^(allowAnonymous|adminToken|tls\.|proxyProtocol|webSocketOrigins|access\.\w+Max$)/.test(name)
          }
        />
      </section>
    </div>
  )
}
