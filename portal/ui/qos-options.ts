// The levels of Quality of Service to choose a command's from, and none, which means what somebody else says.

export type QosChoice = '' | '0' | '1' | '2'

/** @param unsaid what holds when none is chosen. */
export function qosOptions(unsaid: string): readonly { value: QosChoice; label: string }[] {
  return [
    { value: '', label: unsaid },
    { value: '0', label: '0: at most once' },
    { value: '1', label: '1: at least once' },
    { value: '2', label: '2: exactly once' },
  ]
}
