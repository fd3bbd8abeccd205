// One cause of rejection: how many messages have it, how they look, and the ways to deal with them.
import { useState } from 'react'
import { Link } from 'wouter'
import { useLacks } from '../../data/session.ts'
import { Button } from '../../ui/button.tsx'
import { Callout } from '../../ui/callout.tsx'
import { count } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { Progress } from '../../ui/progress.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { State } from '../../ui/state.tsx'
import { PayloadView } from '../traffic/payload-view.tsx'
import { ReplayPanel } from '../traffic/replay-panel.tsx'
import type { Group, Rejected } from './groups.ts'
import { KeepConverter } from './keep-converter.tsx'
import { useRetry, type Retry } from './use-retry.ts'

/** Messages of a group that are shown. */
const shownMax = 20

interface GroupPanelProps {
  group: Group
  name: string
  isOpen: boolean
  onOpen: (isOpen: boolean) => void
}

export function GroupPanel({ group, name, isOpen, onOpen }: GroupPanelProps) {
  const { reason, code, integration, messages } = group
  const lacks = useLacks('operator')
  const retry = useRetry()
  const ids = messages.map(({ id }) => id)
  return (
    <section className="panel stack" aria-label={`${name}: ${code}`}>
      <div className="row-apart">
        <div className="rejected-cause">
          <div className="row">
            <State of="rejected">{`${count(messages.length)} rejected`}</State>
            <Link href={`/integrations/${encodeURIComponent(integration)}`}>{name}</Link>
            <code className="soft">{code}</code>
          </div>
          <p className="break">{reason}</p>
          <p className="soft small">
            The newest came <RelativeTime at={messages[0].receivedAt} />.
          </p>
        </div>
        <div className="row">
          <Button icon={isOpen ? 'up' : 'down'} aria-expanded={isOpen} onClick={() => onOpen(!isOpen)}>
            {isOpen ? 'Close' : 'Look at them'}
          </Button>
          <Button
            kind="primary"
            icon="late"
            lacks={lacks}
            isBusy={retry.isBusy}
            onClick={() => void retry.run(ids)}
          >
            {messages.length === 1 ? 'Retry' : `Retry all ${count(messages.length)}`}
          </Button>
        </div>
      </div>
      <RetryReport retry={retry} />
      {isOpen && <Messages group={group} lacks={lacks} retry={retry} />}
    </section>
  )
}

function RetryReport({ retry: { progress, isBusy, stop } }: { retry: Retry }) {
  if (progress === undefined) return null
  const { done, all, stored, firstProblem } = progress
  if (isBusy) {
    return (
      <div className="row">
        <Progress label="Retrying" value={done / all}>
          {count(done)} of {count(all)} retried, {count(stored)} stored.
        </Progress>
        <Button size="small" onClick={stop}>
          Stop
        </Button>
      </div>
    )
  }
  if (firstProblem === undefined) {
    return (
      <Callout
        kind="good"
        isAnnounced
        title={`${count(stored)} of ${count(done)} retried messages are stored.`}
      />
    )
  }
  return (
    <Callout
      kind="error"
      isAnnounced
      title={`${count(stored)} of ${count(done)} are stored; the others still can’t be read.`}
    >
      <p>{firstProblem.detail}</p>
      <p>{firstProblem.hint}</p>
    </Callout>
  )
}

interface MessagesProps {
  group: Group
  lacks: string | undefined
  retry: Retry
}

function Messages({ group, lacks, retry }: MessagesProps) {
  const [isReplaying, setReplaying] = useState(false)
  const [first] = group.messages
  return (
    <div className="stack">
      <div className="row">
        <Button icon="play" aria-expanded={isReplaying} onClick={() => setReplaying(!isReplaying)}>
          Replay with an edited converter
        </Button>
      </div>
      {isReplaying && (
        <ReplayPanel
          message={first}
          actions={(converter) => (
            <KeepConverter
              integration={group.integration}
              converter={converter}
              onKept={() => void retry.run(group.messages.map(({ id }) => id))}
            />
          )}
        />
      )}
      <ul className="stack">
        {group.messages.slice(0, shownMax).map((message) => (
          <Message key={message.id} message={message} lacks={lacks} retry={retry} />
        ))}
      </ul>
      {group.messages.length > shownMax && (
        <p className="soft small">And {count(group.messages.length - shownMax)} more like these.</p>
      )}
    </div>
  )
}

function Message({ message, lacks, retry }: { message: Rejected; lacks: string | undefined; retry: Retry }) {
  const { id, topic, device, clientId, qos, receivedAt, reason, payload } = message
  return (
    <li className="rejected-message stack-s">
      <div className="row-apart">
        <div className="row">
          <Icon name="cross" size={12} />
          <code className="break">{topic}</code>
          <span className="soft small">
            QoS {qos}, from <code>{device === '' ? clientId : device}</code>, <RelativeTime at={receivedAt} />
          </span>
        </div>
        <Button
          size="small"
          icon="late"
          lacks={lacks}
          isBusy={retry.isBusy}
          aria-label={`Retry the message to ${topic}`}
          onClick={() => void retry.run([id])}
        >
          Retry
        </Button>
      </div>
      <p className="soft small break">{reason}</p>
      <PayloadView payload={payload} />
    </li>
  )
}
