// Holds what is live, so that it can be read. The space bar does the same wherever nothing else takes it.
import { useEffect } from 'react'
import { Button } from './button.tsx'

interface PauseButtonProps {
  isPaused: boolean
  onChange: (isPaused: boolean) => void
  size?: 'small' | 'medium'
}

export function PauseButton({ isPaused, onChange, size = 'medium' }: PauseButtonProps) {
  useEffect(() => {
    const toggle = () => onChange(!isPaused)
    addEventListener('ackstone-pause', toggle)
    return () => removeEventListener('ackstone-pause', toggle)
  }, [isPaused, onChange])
  return (
    <Button
      size={size}
      icon={isPaused ? 'play' : 'pause'}
      aria-pressed={isPaused}
      aria-keyshortcuts="Space"
      onClick={() => onChange(!isPaused)}
    >
      {isPaused ? 'Paused' : 'Pause'}
    </Button>
  )
}
