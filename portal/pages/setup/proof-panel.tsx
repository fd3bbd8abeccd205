// The proof: the hub connects to itself over MQTT as a device that is thrown away again, publishes with this draft,
// waits for the acknowledgement, and reads the row back.
import { useEffect, useRef, useState } from 'react'
import { useLacks } from '../../data/session.ts'
import { Button } from '../../ui/button.tsx'
import { Callout } from '../../ui/callout.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { useSetupDraft } from './draft-context.ts'
import { prove, type Proof } from './hub.ts'
import { TestSteps } from './test-steps.tsx'

export function ProofPanel() {
  const { draft } = useSetupDraft()
  const lacks = useLacks('operator')
  const [isBusy, setBusy] = useState(false)
  const [proof, setProof] = useState<Proof>()
  const [error, setError] = useState<unknown>()
  const abort = useRef<AbortController>(undefined)
  useEffect(() => () => abort.current?.abort(), [])
  const run = async () => {
    const controller = new AbortController()
    abort.current = controller
    setBusy(true)
    setError(undefined)
    setProof(undefined)
    try {
      setProof(await prove(draft, controller.signal))
    } catch (thrown) {
      if (!controller.signal.aborted) setError(thrown)
    }
    if (!controller.signal.aborted) setBusy(false)
  }
  return (
    <section className="panel stack" aria-label="Proof">
      <div className="row-apart">
        <h2>Does it store, and answer?</h2>
        <Button icon="send" lacks={lacks} isBusy={isBusy} onClick={() => void run()}>
          Prove it with a real message
        </Button>
      </div>
      {error !== undefined && <ErrorState error={error} onRetry={() => void run()} />}
      {proof === undefined ? (
        <p className="soft">
          A message is published over MQTT with this draft, its acknowledgement awaited, its row read back and
          removed. Nothing of it stays.
        </p>
      ) : (
        <>
          <Callout
            kind={proof.ok ? 'good' : 'error'}
            title={
              proof.ok ? 'Stored, acknowledged and read back.' : 'The round trip did not come to its end.'
            }
            isAnnounced
          />
          <TestSteps steps={proof.steps} />
        </>
      )}
    </section>
  )
}
