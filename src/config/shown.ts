// The options as people are shown them: value, where it was said, unit, meaning. Secrets are hidden.
import type { LoadedConfig } from './load.ts'
import { options } from './schema.ts'
import { originText } from './source.ts'

export interface ShownOption {
  name: string
  value: unknown
  source: string
  unit: string | null
  description: string
}

/** Units that end a name: `ackDeadlineMs`. */
const units: readonly [ending: RegExp, unit: string][] = [
  [/Ms$/, 'ms'],
  [/(MaxS|S)$/, 's'],
  [/Bytes(Max)?$/, 'bytes'],
  [/Days$/, 'days'],
  [/PerSecondMax$/, 'per second'],
]

export function shownOptions(config: LoadedConfig): ShownOption[] {
  return options.map(({ key, path, isSecret, type, description }) => {
    const value = path.reduce<unknown>((at, name) => (at as Record<string, unknown>)?.[name], config.values)
    const count = Array.isArray(value) ? value.length : 0
    const shown =
      type === 'objects' ? `${count} declared` : isSecret && value !== undefined ? '(hidden)' : value
    const unit = units.find(([ending]) => ending.test(path.at(-1) ?? ''))?.[1]
    return {
      name: key,
      value: shown ?? null,
      source: originText(config.origin(key)),
      unit: unit ?? null,
      description,
    }
  })
}
