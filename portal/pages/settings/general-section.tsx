// Where devices and programs reach this hub, and the options that decide it.
import { useOperation } from '../../data/queries.ts'
import { Copyable } from '../../ui/code-block.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { KeyValues } from '../../ui/key-values.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Options } from './options.tsx'

const options = new Set([
  'dataDir',
  'host',
  'mqttPort',
  'mqttsPort',
  'httpPort',
  'httpsEnabled',
  'store',
  'ackDeadlineMs',
])

export function GeneralSection() {
  const endpoints = useOperation('endpoints', {})
  return (
    <div className="stack-l">
      <section className="panel stack" aria-labelledby="general-places">
        <h2 id="general-places">Where it is reached</h2>
        {endpoints.error !== null && (
          <ErrorState error={endpoints.error} onRetry={() => void endpoints.refetch()} />
        )}
        {endpoints.isPending && <Skeleton label="The addresses" lines={4} />}
        {endpoints.data !== undefined && <Places {...endpoints.data} />}
      </section>
      <section className="stack" aria-labelledby="general-options">
        <h2 id="general-options">How it was started</h2>
        <Options caption="Options of the start" isShown={(name) => options.has(name)} />
      </section>
    </div>
  )
}

type Endpoints = NonNullable<ReturnType<typeof useOperation<'endpoints'>>['data']>

function Places({ mqtt, mqtts, ws, http }: Endpoints) {
  const plain = `mqtt://${mqtt.host}:${mqtt.port}`
  const secure = mqtts === null ? undefined : `mqtts://${mqtts.host}:${mqtts.port}`
  return (
    <KeyValues
      items={[
        { name: 'MQTT', value: <Copyable text={plain} label="the address of MQTT" /> },
        {
          name: 'MQTT over TLS',
          value:
            secure === undefined ? (
              <span className="soft">not without certificates</span>
            ) : (
              <Copyable text={secure} label="the address of MQTT over TLS" />
            ),
        },
        {
          name: 'MQTT over WebSocket',
          value: <Copyable text={ws.url} label="the address of MQTT over WebSocket" />,
        },
        {
          name: 'HTTP API and portal',
          value: <Copyable text={http.url} label="the address of the HTTP API" />,
        },
      ]}
    />
  )
}
