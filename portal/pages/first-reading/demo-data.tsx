// Lets measured data come into the hub, and says how much has come; ends it again.
import { Link } from 'wouter'
import { useChange } from '../../data/change.ts'
import { call } from '../../data/client.ts'
import { useOperation } from '../../data/queries.ts'
import { useLacks } from '../../data/session.ts'
import { Button } from '../../ui/button.tsx'
import { Callout } from '../../ui/callout.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { count } from '../../ui/format.ts'

const refreshMs = 1_000

export function DemoData() {
  const demo = useOperation('demo', {}, { refetchInterval: refreshMs })
  const change = useChange('demo')
  const lacks = useLacks('operator')
  const { running = false, readings = 0, failure = null } = demo.data ?? {}
  return (
    <div className="stack-s">
      {running ? (
        <div className="row">
          <Button
            isBusy={change.isBusy}
            lacks={lacks}
            onClick={() => void change.run(() => call('stopDemo', {}))}
          >
            End the demo
          </Button>
          <span role="status">
            {count(readings)} readings are stored. <Link href="/devices">Look at them</Link>
          </span>
        </div>
      ) : (
        <div>
          <Button
            isBusy={change.isBusy}
            lacks={lacks}
            onClick={() => void change.run(() => call('startDemo', {}))}
          >
            Load demo data
          </Button>
        </div>
      )}
      {failure !== null && <Callout kind="error" title={failure} isAnnounced />}
      {change.error !== undefined && <ErrorState error={change.error} />}
    </div>
  )
}
