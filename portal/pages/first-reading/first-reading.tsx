// "Get to your first stored reading": what is done, what comes next, and how. On the overview until it is done or put
// away, and where there are no devices yet.
import { useState, type ReactNode } from 'react'
import { useOperation } from '../../data/queries.ts'
import { useSession } from '../../data/session.ts'
import { Button } from '../../ui/button.tsx'
import { Icon } from '../../ui/icon.tsx'
import { ConnectPanel } from './connect-panel.tsx'
import './first-reading.css'
import { ProveIt } from './prove-it.tsx'

const hiddenKey = 'ackstone.firstReading.hidden'

/** Whether somebody has put the checklist away in this browser. */
export function isFirstReadingHidden(): boolean {
  return localStorage.getItem(hiddenKey) !== null
}

interface FirstReadingProps {
  /** Runs when somebody puts it away; without it, it can't be. */
  onHide?: () => void
}

export function FirstReading({ onHide }: FirstReadingProps) {
  const { name } = useSession()
  const endpoints = useOperation('endpoints', {})
  const devices = useOperation('listDevices', { query: { limit: '1' } }, { refetchInterval: 2_000 })
  const [isProofShown, setProofShown] = useState(false)
  const hasStored = (devices.data?.items.length ?? 0) > 0
  const { mqtt } = endpoints.data ?? {}
  const isProven = isProofShown && hasStored
  const done = 1 + Number(mqtt !== undefined) + 2 * Number(hasStored) + Number(isProven)
  return (
    <section className="panel stack" aria-labelledby="first-reading">
      <div className="row-apart">
        <h2 id="first-reading">Get to your first stored reading</h2>
        <span className="row">
          <span className="soft" role="status">
            {done} of 5
          </span>
          {onHide !== undefined && (
            <Button
              size="small"
              kind="quiet"
              icon="cross"
              onClick={() => {
                localStorage.setItem(hiddenKey, '1')
                onHide()
              }}
            >
              Put away
            </Button>
          )}
        </span>
      </div>
      <ol className="checklist">
        <Item isDone title="Administrator made" text={`You are signed in as ${name}.`} />
        <Item
          isDone={mqtt !== undefined}
          title="The hub listens"
          text={mqtt === undefined ? '…' : `mqtt://${mqtt.host}:${mqtt.port}`}
        />
        <Item
          isDone={hasStored}
          title="Connect your first device"
          text="Copy the lines, and watch what happens."
        >
          <ConnectPanel />
        </Item>
        <Item
          isDone={hasStored}
          title="See it stored"
          text={hasStored ? 'The hub has readings. They are under Devices.' : 'It turns green by itself.'}
        />
        <Item
          isDone={isProven}
          title="Prove it: kill the process"
          text="What was acknowledged is there after it."
        >
          {isProofShown ? (
            <ProveIt />
          ) : (
            <Button size="small" onClick={() => setProofShown(true)}>
              How
            </Button>
          )}
        </Item>
      </ol>
    </section>
  )
}

interface ItemProps {
  isDone: boolean
  title: string
  text: string
  children?: ReactNode
}

function Item({ isDone, title, text, children }: ItemProps) {
  return (
    <li className={isDone ? 'checklist-item is-done' : 'checklist-item'}>
      <Icon name={isDone ? 'check' : 'waiting'} />
      <div className="stack">
        <div>
          <strong>{title}</strong>
          <span className="hidden-visually">{isDone ? ' (done)' : ' (to do)'}</span>
          <p className="soft">{text}</p>
        </div>
        {children}
      </div>
    </li>
  )
}
