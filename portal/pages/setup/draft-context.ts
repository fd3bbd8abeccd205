// The draft in hand and the way to change it, for all steps. Each change is kept at once.
import { createContext, useContext } from 'react'
import type { Draft, StepId } from './draft.ts'

export interface Setup {
  draft: Draft
  change: (changes: Partial<Draft>) => void
  go: (step: StepId) => void
}

export const SetupContext = createContext<Setup | undefined>(undefined)

export function useSetupDraft(): Setup {
  const setup = useContext(SetupContext)
  if (setup === undefined) throw new Error('A step of the setup was shown outside of it.')
  return setup
}
