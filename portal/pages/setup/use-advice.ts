// The hub's advice on a draft: which QoS, why, and what each level costs. Its rules are the hub's, the same for the
// wizard and the advisor.
import { useQuery } from '@tanstack/react-query'
import { askAdvice, type Advice, type AdviceAnswers } from './hub.ts'
import type { Draft, Seen } from './draft.ts'

export type { Advice, AdviceLevel } from './hub.ts'

export function useAdvice(draft: Draft) {
  return useAdviceOn(draft.seen, { kind: draft.kind })
}

export function useAdviceOn(seen: Seen | undefined, answers: AdviceAnswers) {
  return useQuery<Advice>({
    queryKey: ['advice', seen?.at, seen?.messages, answers],
    queryFn: ({ signal }) => askAdvice(seen, answers, signal),
    placeholderData: (before) => before,
    staleTime: Infinity,
  })
}
