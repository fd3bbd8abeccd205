// How complete the data of the last day is: what could be expected, what is stored, where something is missing, and
// what can be done about it.
import type { ReactNode } from 'react'
import type { AnswerOf } from '../../data/client.ts'
import { ApiError } from '../../data/problem.ts'
import { useOperation } from '../../data/queries.ts'
import { Callout } from '../../ui/callout.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { count, duration, moment } from '../../ui/format.ts'
import { KeyValues } from '../../ui/key-values.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { Definition } from '../../ui/tooltip.tsx'

const refreshMs = 30_000

type Quality = AnswerOf<'deviceQuality'>
type Gap = Quality['gaps'][number]

export function QualityPanel({ device }: { device: string }) {
  const quality = useOperation('deviceQuality', { params: { device } }, { refetchInterval: refreshMs })
  if (quality.error !== null) {
    const isUnknown = quality.error instanceof ApiError && quality.error.problem.status === 404
    return isUnknown ? null : <ErrorState error={quality.error} onRetry={() => void quality.refetch()} />
  }
  if (quality.data === undefined) return <Skeleton label="The quality of the data" />
  return <Panel of={quality.data} />
}

const gapColumns: readonly Column<Gap>[] = [
  { id: 'from', title: 'From', cell: ({ startTs }) => <code>{moment(startTs)}</code> },
  { id: 'to', title: 'To', cell: ({ endTs }) => <code>{moment(endTs)}</code> },
  { id: 'for', title: 'For', isNumber: true, cell: ({ startTs, endTs }) => duration(endTs - startTs) },
  { id: 'missing', title: 'Readings missing', isNumber: true, cell: ({ missing }) => count(missing) },
]
const gapsShownMax = 10

function Panel({ of }: { of: Quality }) {
  const {
    expectedIntervalMs,
    expected,
    stored,
    gapCount,
    missing,
    gaps,
    late,
    outOfOrder,
    advice,
    isCut,
    key,
  } = of
  return (
    <section className="stack" aria-label="Quality of the data">
      <h2>The last 24 hours</h2>
      {advice.map((sentence) => (
        <Callout key={sentence} kind="info">
          {sentence}
        </Callout>
      ))}
      <div className="columns">
        <div className="panel stack-s">
          <h3>Complete</h3>
          <KeyValues
            items={[
              term(
                'Usual interval',
                'Learned from the readings themselves, of the key that has most of them.',
                expectedIntervalMs === null ? (
                  'none that can be told'
                ) : (
                  <>
                    {duration(expectedIntervalMs)}
                    {key !== null && (
                      <>
                        {' '}
                        for <code>{key}</code>
                      </>
                    )}
                  </>
                ),
              ),
              term(
                'Expected',
                'Readings that this interval lets expect.',
                expected === null ? '–' : count(expected),
              ),
              term(
                'Stored',
                'Readings of this key that are there.',
                `${count(stored)}${isCut ? ' in the part that was looked at' : ''}`,
              ),
              term(
                'Gaps',
                'Stretches without a reading, and how many readings they lack.',
                gapCount === 0 ? 'none' : `${count(gapCount)}, ${count(missing)} readings`,
              ),
            ]}
          />
        </div>
        <div className="panel stack-s">
          <h3>In order</h3>
          <KeyValues
            items={[
              term('Late', 'Rows that came long after their time; they are where they belong.', count(late)),
              term('Out of order', 'Rows that came just behind a newer one.', count(outOfOrder)),
            ]}
          />
        </div>
      </div>
      {gaps.length > 0 && (
        <Table
          caption="Gaps"
          columns={gapColumns}
          rows={gaps.slice(-gapsShownMax).toReversed()}
          keyOf={({ startTs }) => String(startTs)}
        />
      )}
    </section>
  )
}

function term(name: string, meaning: string, value: ReactNode) {
  return { name: <Definition of={meaning}>{name}</Definition>, value }
}
