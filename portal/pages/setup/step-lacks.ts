// What a step still needs before the next one makes sense: a full sentence, or undefined.
import type { Draft, StepId } from './draft.ts'
import { findingsOf } from './filters.ts'

export function lacksOf(draft: Draft, step: StepId): string | undefined {
  if (step === 'source') return sourceLacks(draft)
  if (step === 'topics') return topicsLack(draft)
  if (step === 'converter' && draft.converter.type === '') return 'Choose a converter.'
  if (step === 'check' && draft.name.trim() === '') return 'Give the integration a name.'
  return undefined
}

const brokerUrl = /^(mqtts?|tcp|ssl|wss?):\/\/[^\s/]+/i

function sourceLacks({ kind, connection }: Draft): string | undefined {
  if (kind === 'direct') return undefined
  if (connection.url.trim() === '') return 'Enter the address of the broker.'
  if (!brokerUrl.test(connection.url.trim())) {
    return 'The address begins with mqtt://, mqtts://, ws:// or wss://, and the host follows.'
  }
  if (connection.auth === 'password' && connection.username === '')
    return 'Enter the user name for the broker.'
  if (connection.auth === 'certificate' && connection.cert.trim() === '')
    return 'Paste the client certificate.'
  return undefined
}

function topicsLack({ topics }: Draft): string | undefined {
  if (topics.every(({ filter }) => filter.trim() === '')) return 'Enter at least one topic filter.'
  const wrong = topics
    .filter(({ filter }) => filter.trim() !== '')
    .flatMap(({ filter }) => findingsOf(filter))
    .find(({ kind }) => kind === 'error')
  return wrong?.sentence
}
