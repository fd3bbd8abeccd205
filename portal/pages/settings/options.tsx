// Options of the configuration as the hub runs with them: value, where it was said, what it means.
import { useOperation } from '../../data/queries.ts'
import { useLacks } from '../../data/session.ts'
import { Callout } from '../../ui/callout.tsx'
import type { AnswerOf } from '../../data/client.ts'
import { ErrorState } from '../../ui/error-state.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Badge } from '../../ui/state.tsx'
import { Table, type Column } from '../../ui/table.tsx'

export type ConfigOption = AnswerOf<'settings'>['options'][number]

/** What a section shows of the configuration; nothing to those who may not see it. */
export function useSettings() {
  const lacks = useLacks('administrator')
  return { ...useOperation('settings', {}, { enabled: lacks === undefined }), lacks }
}

const columns: Column<ConfigOption>[] = [
  {
    id: 'name',
    title: 'Option',
    cell: ({ name, description }) => (
      <span className="stack-s">
        <code className="break">{name}</code>
        <span className="soft small">{description}</span>
      </span>
    ),
  },
  {
    id: 'value',
    title: 'Value',
    cell: ({ value, unit }) => (
      <code className={typeof value === 'number' ? 'settings-number' : 'break'}>{valueOf(value, unit)}</code>
    ),
  },
  {
    id: 'source',
    title: 'Said by',
    cell: ({ source }) =>
      source === 'default' ? <span className="soft">default</span> : <Badge>{source}</Badge>,
  },
]

interface OptionsProps {
  caption: string
  /** Which options, by their names. */
  isShown: (name: string) => boolean
  more?: readonly Column<ConfigOption>[]
}

export function Options({ caption, isShown, more = [] }: OptionsProps) {
  const { data, error, lacks, refetch } = useSettings()
  if (lacks !== undefined) {
    return (
      <Callout kind="info" title="Only administrators see the configuration.">
        {lacks}
      </Callout>
    )
  }
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Skeleton label={caption} lines={4} />
  const rows = data.options.filter(({ name }) => isShown(name))
  return (
    <div className="stack-s">
      <Table caption={caption} columns={[...columns, ...more]} rows={rows} keyOf={({ name }) => name} />
      <p className="soft small">
        Options are set on the command line, in the environment or in ackstone.yaml, and read at the start.
      </p>
    </div>
  )
}

function valueOf(value: unknown, unit: string | null): string {
  if (value === null || value === undefined) return 'not set'
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const grouped = typeof value === 'number' ? new Intl.NumberFormat('en-GB').format(value) : text
  return unit === null ? grouped : `${grouped} ${unit}`
}
