// Tries the connection as it is typed: name, TCP, TLS, MQTT, subscriptions. Nothing is saved, and the session of a
// running integration is not disturbed.
import { useEffect, useRef, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Callout } from '../../ui/callout.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import type { DraftConnection } from './draft.ts'
import { useSetupDraft } from './draft-context.ts'
import { tryConnection, type TestStep } from './hub.ts'
import { lacksOf } from './step-lacks.ts'
import { TestSteps } from './test-steps.tsx'

export function ConnectionTest() {
  const { draft } = useSetupDraft()
  const [isBusy, setBusy] = useState(false)
  /** What became of a connection, and of which: it may be typed anew by the time the answer is there. */
  const [tried, setTried] = useState<{ connection: DraftConnection; steps: readonly TestStep[] }>()
  const [error, setError] = useState<unknown>()
  const abort = useRef<AbortController>(undefined)
  useEffect(() => () => abort.current?.abort(), [])
  const test = async () => {
    abort.current?.abort()
    const controller = new AbortController()
    abort.current = controller
    setBusy(true)
    setError(undefined)
    try {
      const { steps: done } = await tryConnection(draft, 0, controller.signal)
      setTried({ connection: draft.connection, steps: done })
    } catch (thrown) {
      if (!controller.signal.aborted) setError(thrown)
    }
    if (!controller.signal.aborted) setBusy(false)
  }
  const steps = tried?.connection === draft.connection ? tried.steps : undefined
  const isGood = steps?.every(({ status }) => status !== 'failed') ?? false
  return (
    <section className="panel stack" aria-label="Test of the connection">
      <div className="row-apart">
        <h2>Does it connect?</h2>
        <Button icon="link" lacks={lacksOf(draft, 'source')} isBusy={isBusy} onClick={() => void test()}>
          Test the connection
        </Button>
      </div>
      {error !== undefined && <ErrorState error={error} onRetry={() => void test()} />}
      {steps !== undefined && (
        <>
          <Callout
            kind={isGood ? 'good' : 'error'}
            title={isGood ? 'The broker answers.' : 'The connection does not stand yet.'}
            isAnnounced
          />
          <TestSteps steps={steps} />
        </>
      )}
      {steps === undefined && error === undefined && (
        <p className="soft">
          The test looks up the name, connects, checks the certificate and signs in, and says where it stops.
        </p>
      )}
    </section>
  )
}
