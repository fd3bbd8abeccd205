// Commands that have changed, for the event stream: each once, as it is when the event leaves.
import type { CommandRecord } from '../commands/command.ts'
import type { ApiParts } from './parts.ts'
import type { EventStream } from './event-stream.ts'

const intervalMs = 250
/** Commands that one event names. */
const changedMax = 200

/** @param names of the devices whose commands are wanted; undefined: of all. @returns what ends it. */
export function addCommands(
  stream: EventStream,
  { commands }: Pick<ApiParts, 'commands'>,
  names: readonly string[] | undefined,
): () => void {
  const devices = names && new Set(names)
  const changed = new Map<string, CommandRecord>()
  let skipped = 0
  const onNews = stream.channel('commands', intervalMs, {
    take() {
      if (changed.size === 0 && skipped === 0) return undefined
      const shown = Array.from(changed.values(), ({ id, device, command, state, reason }) => {
        return { id, device, command, state, reason }
      })
      const data = JSON.stringify({ commands: shown, skipped })
      changed.clear()
      skipped = 0
      return { data }
    },
  })
  return commands.watch((command) => {
    if (devices?.has(command.device) === false) return
    if (changed.has(command.id) || changed.size < changedMax) changed.set(command.id, command)
    else skipped++
    onNews()
  })
}
