// Listens for ten seconds on the topics of the draft and shows what came: figures, and a few messages as they are.
import { useEffect, useRef, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Progress } from '../../ui/progress.tsx'
import { useSetupDraft } from './draft-context.ts'
import { listenHere, listenSeconds, tryConnection, type TestStep } from './hub.ts'
import { SeenFigures } from './seen-figures.tsx'
import { Samples } from './samples.tsx'
import { lacksOf } from './step-lacks.ts'
import { TestSteps } from './test-steps.tsx'

export function Listening() {
  const { draft, change } = useSetupDraft()
  const [state, setState] = useState<'idle' | 'listening'>('idle')
  const [elapsed, setElapsed] = useState(0)
  const [steps, setSteps] = useState<readonly TestStep[]>([])
  const [error, setError] = useState<unknown>()
  const abort = useRef<AbortController>(undefined)
  useEffect(() => () => abort.current?.abort(), [])
  useTicks(state === 'listening', setElapsed)

  const listen = async () => {
    const controller = new AbortController()
    abort.current = controller
    setState('listening')
    setError(undefined)
    setSteps([])
    try {
      if (draft.kind === 'direct') await listenHere(draft, controller.signal, (seen) => change({ seen }))
      else {
        const { steps: tried, seen } = await tryConnection(draft, listenSeconds, controller.signal)
        setSteps(tried)
        if (seen !== undefined) change({ seen })
      }
    } catch (thrown) {
      if (!controller.signal.aborted) setError(thrown)
    }
    setState('idle')
  }

  const failed = steps.filter(({ status }) => status === 'failed' || status === 'warning')
  return (
    <section className="panel stack" aria-label="What comes on these topics">
      <div className="row-apart">
        <h2>What comes on these topics</h2>
        {state === 'idle' ? (
          <Button
            icon="traffic"
            lacks={lacksOf(draft, 'source') ?? lacksOf(draft, 'topics')}
            onClick={() => void listen()}
          >
            Listen for {listenSeconds} seconds
          </Button>
        ) : (
          <Button icon="cross" onClick={() => abort.current?.abort()}>
            Stop listening
          </Button>
        )}
      </div>
      {state === 'listening' && (
        <Progress label="Listening" value={Math.min(1, elapsed / (listenSeconds * 1000))}>
          Listening. Messages are shown and counted, and not stored by this.
        </Progress>
      )}
      {error !== undefined && <ErrorState error={error} onRetry={() => void listen()} />}
      {failed.length > 0 && <TestSteps steps={failed} />}
      {draft.seen === undefined ? (
        state === 'idle' && (
          <p className="soft">
            Nothing has been listened for yet. It helps with the next steps, and can be left out.
          </p>
        )
      ) : (
        <>
          <SeenFigures seen={draft.seen} />
          <Samples samples={draft.seen.samples} />
        </>
      )}
    </section>
  )
}

const tickMs = 200

/** Milliseconds since it began, while it goes on. */
function useTicks(isRunning: boolean, onTick: (ms: number) => void): void {
  useEffect(() => {
    if (!isRunning) return undefined
    const started = performance.now()
    onTick(0)
    const timer = setInterval(() => onTick(performance.now() - started), tickMs)
    return () => clearInterval(timer)
  }, [isRunning, onTick])
}
