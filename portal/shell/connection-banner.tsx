// Says that the hub does not answer, and that it is back: what is shown was true before, and is asked again then.
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useStreamState } from '../data/live.ts'
import { liveStream } from '../data/stream.ts'
import { Button } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { useToast } from '../ui/toast.tsx'

export function ConnectionBanner() {
  const state = useStreamState()
  const queries = useQueryClient()
  const say = useToast()
  const wasLost = useRef(false)
  useEffect(() => {
    if (state === 'lost') wasLost.current = true
    else if (wasLost.current) {
      wasLost.current = false
      say('The hub is back. What is shown is up to date again.')
      void queries.invalidateQueries()
    }
  }, [state, queries, say])
  return (
    <div role="status">
      {state === 'lost' && (
        <div className="banner">
          <Icon name="warning" />
          <span>The hub does not answer. What you see is from before; the portal keeps trying.</span>
          <Button size="small" onClick={() => liveStream.retryNow()}>
            Try now
          </Button>
        </div>
      )}
    </div>
  )
}
