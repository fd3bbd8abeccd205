// Lines to copy for the first device: its name, the QoS, the language, and what it logs in with. Below them, what the
// hub has seen of the device since.
import { useState } from 'react'
import { useAddressState } from '../../data/address.ts'
import { useOperation } from '../../data/queries.ts'
import { RadioCards } from '../../ui/choice.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Field } from '../../ui/field.tsx'
import { Input } from '../../ui/input.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { DeviceToken, HttpKey } from './credentials.tsx'
import { DeviceSteps } from './device-steps.tsx'
import './first-reading.css'
import { devicePattern, snippets, type Qos, type Snippet, type Target } from './snippets.ts'

const levels = [
  { value: '0', title: 'QoS 0', text: 'Sent once, with no answer. A reading lost on the way is lost.' },
  { value: '1', title: 'QoS 1', text: 'Answered once the reading is stored; sent again until then.' },
  { value: '2', title: 'QoS 2', text: 'Answered once it is stored, and stored exactly once.' },
] as const
const tabs = snippets.map(({ id, label }) => ({ id, label }))

export function ConnectPanel() {
  const [device, setDevice] = useAddressState('device', 'd1')
  const [givenQos, setQos] = useAddressState('qos', '1')
  const [givenTab, setTab] = useAddressState('with', 'shell')
  const [tokens, setTokens] = useState<Readonly<Record<string, string>>>({})
  const [key, setKey] = useState<string>()
  const endpoints = useOperation('endpoints', {})
  if (endpoints.isPending) return <Skeleton label="The addresses of the hub" />
  if (endpoints.error !== null) {
    return <ErrorState error={endpoints.error} onRetry={() => void endpoints.refetch()} />
  }
  const { mqtt, http, devicesNeedCredentials } = endpoints.data
  const qos = levels.find(({ value }) => value === givenQos)?.value ?? '1'
  const snippet = snippets.find(({ id }) => id === givenTab) ?? snippets[0]!
  const isNameGood = devicePattern.test(device)
  const target: Target = {
    ...mqtt,
    url: http.url,
    device,
    token: tokens[device],
    key,
    qos: Number(qos) as Qos,
  }
  const isHttp = snippet.id === 'curl'
  const isReady = isNameGood && (isHttp || !devicesNeedCredentials || target.token !== undefined)
  return (
    <div className="stack">
      <Field
        label="What is the device called?"
        hint="Its name in topics and in this portal."
        error={isNameGood ? undefined : 'Use letters, digits, dots, dashes and underscores, 64 at most.'}
      >
        {(control) => (
          <Input
            {...control}
            className="connect-device"
            value={device}
            onChange={setDevice}
            isMono
            maxLength={64}
          />
        )}
      </Field>
      <RadioCards legend="Quality of Service" value={qos} cards={levels} onChange={setQos} />
      {isNameGood && !isHttp && (
        <DeviceToken
          key={device}
          device={device}
          isNeeded={devicesNeedCredentials}
          token={target.token}
          onMade={(token) => setTokens({ ...tokens, [device]: token })}
        />
      )}
      {isHttp && <HttpKey value={key} onMade={setKey} />}
      <Tabs label="With what" tabs={tabs} chosen={snippet.id} onChoose={setTab}>
        <Lines snippet={snippet} target={target} isReady={isReady} />
      </Tabs>
      {isNameGood && <DeviceSteps device={device} isHttp={isHttp} qos={isHttp ? 1 : target.qos} />}
    </div>
  )
}

function Lines({ snippet, target, isReady }: { snippet: Snippet; target: Target; isReady: boolean }) {
  const { about, label, write } = snippet
  return (
    <div className="stack-s">
      <p className="soft">{about}</p>
      {isReady ? (
        <CodeBlock label={`${label}: publish a reading`} text={write(target)} />
      ) : (
        <p>Give the device a name and a token first; then the lines to copy are here.</p>
      )}
    </div>
  )
}
