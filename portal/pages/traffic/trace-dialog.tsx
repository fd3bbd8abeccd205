// The whole way of one message, what it held, and what can be done with it: try it on another converter, send it again.
import { useState } from 'react'
import { Link } from 'wouter'
import type { AnswerOf } from '../../data/client.ts'
import { ApiError } from '../../data/problem.ts'
import { useOperation } from '../../data/queries.ts'
import { Button } from '../../ui/button.tsx'
import { Callout } from '../../ui/callout.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { bytes, count, duration, moment, valueText } from '../../ui/format.ts'
import { KeyValues, type KeyValue } from '../../ui/key-values.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { State } from '../../ui/state.tsx'
import { Table } from '../../ui/table.tsx'
import { PayloadView } from './payload-view.tsx'
import { ReplayPanel } from './replay-panel.tsx'
import { ResendCommands } from './resend-commands.tsx'
import { Timeline } from './timeline.tsx'
import { clockTime, stateOf } from './traffic-columns.tsx'

export type Trace = AnswerOf<'trace'>

export function TraceDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const trace = useOperation('trace', { params: { id } }, { staleTime: 0 })
  const isGone = trace.error instanceof ApiError && trace.error.problem.status === 404
  return (
    <Dialog title="The way of a message" isWide onClose={onClose}>
      {trace.data === undefined && trace.error === null && <Skeleton label="The message" />}
      {trace.error !== null &&
        (isGone ? (
          <Callout kind="info" title="This message is not remembered any more.">
            Only the newest messages have a trace, and a restart of the hub forgets them. What was stored is
            stored.
          </Callout>
        ) : (
          <ErrorState error={trace.error} onRetry={() => void trace.refetch()} />
        ))}
      {trace.data !== undefined && <Shown trace={trace.data} />}
    </Dialog>
  )
}

function Shown({ trace }: { trace: Trace }) {
  const [isReplaying, setReplaying] = useState(false)
  const { outcome, topic, at, reason, payload } = trace
  return (
    <div className="stack">
      <div className="row">
        <State of={stateOf(outcome)} />
        <code className="break">{topic}</code>
        <span className="soft">{clockTime(at)}</span>
      </div>
      {reason !== undefined && (
        <Callout kind="error" title={reason}>
          The message is kept as it came, and was acknowledged. Mend the converter, then retry it under{' '}
          <Link href="/rejected">Rejected messages</Link>.
        </Callout>
      )}
      <Timeline trace={trace} />
      <KeyValues items={factsOf(trace)} />
      <PayloadView payload={payload} />
      <Values trace={trace} />
      {!payload.isHidden && (
        <>
          <div className="row">
            <Button icon="play" aria-expanded={isReplaying} onClick={() => setReplaying(!isReplaying)}>
              Replay through a converter
            </Button>
          </div>
          {isReplaying && <ReplayPanel message={trace} />}
          <ResendCommands trace={trace} />
        </>
      )}
    </div>
  )
}

function factsOf(trace: Trace): KeyValue[] {
  const {
    at,
    integration,
    device,
    clientId,
    qos,
    effectiveQos,
    dup,
    retain,
    packetId,
    sessionResumed,
    batch,
  } = trace
  const flags = [dup && 'DUP', retain && 'retained'].filter(Boolean).join(', ')
  const facts: (KeyValue | false)[] = [
    { name: 'Received', value: moment(Date.parse(at)) },
    integration !== '' && {
      name: 'Integration',
      value: <Link href={`/integrations/${encodeURIComponent(integration)}`}>{integration}</Link>,
    },
    device !== '' && {
      name: 'Device',
      value: (
        <Link href={`/devices/${encodeURIComponent(device)}`}>
          <code>{device}</code>
        </Link>
      ),
    },
    {
      name: 'Client',
      value: (
        <>
          <code>{clientId}</code>{' '}
          <span className="soft">{sessionResumed ? 'session resumed' : 'new session'}</span>
        </>
      ),
    },
    {
      name: 'Quality of Service',
      value: `published at ${qos}${effectiveQos === qos ? '' : `, counts as ${effectiveQos} for the integration`}${
        flags === '' ? '' : ` (${flags})`
      }`,
    },
    packetId !== null && { name: 'Packet identifier', value: <code>{packetId}</code> },
    trace.contentType !== null && { name: 'Content type', value: trace.contentType },
    ...trace.userProperties.map(([name, value]) => ({ name: `User property ${name}`, value })),
    batch !== null && {
      name: 'Commit',
      value: `number ${count(batch.number)} with ${count(batch.readings)} readings, took ${duration(batch.commitMs)}`,
    },
    { name: 'Payload', value: bytes(trace.bytes) },
  ]
  return facts.filter((fact) => fact !== false)
}

function Values({ trace: { values, areValuesCut, payload } }: { trace: Trace }) {
  if (payload.isHidden) {
    return (
      <Callout kind="info" title="Payloads are hidden from people who may only read.">
        An administrator decides so with the option <code>privacy.payloads</code>.
      </Callout>
    )
  }
  if (values.length === 0) return null
  return (
    <section className="stack-s">
      <h3>Readings</h3>
      <Table
        caption="Readings of the message"
        rows={values.map((value, index) => ({ ...value, index }))}
        keyOf={({ index }) => String(index)}
        columns={[
          {
            id: 'device',
            title: 'Device',
            cell: ({ device }) => <Link href={`/devices/${encodeURIComponent(device)}`}>{device}</Link>,
          },
          { id: 'key', title: 'Key', cell: ({ key }) => <code>{key}</code> },
          {
            id: 'value',
            title: 'Value',
            cell: ({ value }) => <code className="break">{valueText(value)}</code>,
          },
          { id: 'ts', title: 'Time', cell: ({ ts }) => moment(ts) },
        ]}
      />
      {areValuesCut && (
        <p className="soft small">There are more; only the first of them are kept with the trace.</p>
      )}
    </section>
  )
}
