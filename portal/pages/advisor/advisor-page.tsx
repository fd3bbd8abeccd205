// The QoS Advisor: a few questions, or what an integration really sees, give a level with its reasons, its costs, and
// the weakest link of the chain. The answers stand in the address, so the advice can be sent to somebody.
import { useSearchParams } from 'wouter'
import { Badge } from '../../ui/state.tsx'
import { Field } from '../../ui/field.tsx'
import { Input } from '../../ui/input.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { RadioCards } from '../../ui/choice.tsx'
import { QosAdvice } from '../setup/qos-advice.tsx'
import { QosCosts } from '../setup/qos-costs.tsx'
import { QosDiagrams } from '../setup/qos-diagrams.tsx'
import { QosGuidance } from '../setup/qos-guidance.tsx'
import { qosLevels } from '../setup/qos-levels.ts'
import { useAdviceOn } from '../setup/use-advice.ts'
import type { AdviceAnswers } from '../setup/hub.ts'
import { listDrafts, type Seen } from '../setup/draft.ts'
import { Select } from '../../ui/select.tsx'
import { SeenFigures } from '../setup/seen-figures.tsx'
import './advisor.css'

export function AdvisorPage() {
  const [search, setSearch] = useSearchParams()
  const set = (name: string, value: string) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before)
        if (value === '') after.delete(name)
        else after.set(name, value)
        return after
      },
      { replace: true },
    )
  const seen = seenOf(search.get('draft'))
  const advice = useAdviceOn(seen, answersOf(search))
  const recommended = advice.data?.recommended
  return (
    <div className="stack-l">
      <PageHeader
        title="QoS Advisor"
        about="Which Quality of Service fits, why, what you give up with it, and what still can go wrong."
      />
      <div className="advisor">
        <section className="stack-l" aria-label="Questions">
          <Questions search={search} set={set} />
          <SeenChoice chosen={search.get('draft') ?? ''} onChoose={(id) => set('draft', id)} seen={seen} />
        </section>
        <section className="stack-l" aria-label="Advice">
          <QosAdvice advice={advice} seen={seen} more="Each answer beside this makes it fit better." />
          {recommended !== undefined && <GivenUp qos={recommended} />}
          <QosCosts levels={advice.data?.levels} />
          {recommended !== undefined && <QosDiagrams qos={recommended} sender="Device" />}
          <QosGuidance />
        </section>
      </div>
    </div>
  )
}

function answersOf(search: URLSearchParams): AdviceAnswers {
  const pick = <T extends string>(name: string, allowed: readonly T[]) =>
    allowed.find((each) => each === search.get(name))
  const numberOf = (name: string) => {
    const value = Number(search.get(name) ?? '')
    return search.get(name) === null || !Number.isFinite(value) || value <= 0 ? undefined : value
  }
  const lossMatters = pick('loss', ['fine', 'hole', 'unacceptable'])
  const repeatsMatter = pick('repeats', ['harmless', 'wrong'])
  const link = pick('link', ['lan', 'cellular', 'battery'])
  const ts = pick('ts', ['yes', 'no'])
  const every = numberOf('every')
  const devices = numberOf('devices')
  return {
    ...(lossMatters !== undefined && { lossMatters }),
    ...(repeatsMatter !== undefined && { repeatsMatter }),
    ...(link !== undefined && { link }),
    ...(ts !== undefined && { hasTs: ts === 'yes' }),
    ...(every !== undefined && { ratePerSecond: 1 / every }),
    ...(devices !== undefined && { devices }),
  }
}

interface QuestionsProps {
  search: URLSearchParams
  set: (name: string, value: string) => void
}

function Questions({ search, set }: QuestionsProps) {
  const value = <T extends string>(name: string) => (search.get(name) ?? undefined) as T | undefined
  return (
    <>
      <RadioCards
        legend="If one reading is lost?"
        value={value<'fine' | 'hole' | 'unacceptable'>('loss')}
        onChange={(next) => set('loss', next)}
        cards={[
          { value: 'fine', title: 'Fine', text: 'The next one comes soon and says the same.' },
          { value: 'hole', title: 'A hole matters', text: 'A gap in the chart would be missed.' },
          { value: 'unacceptable', title: 'Unacceptable', text: 'It can’t be measured again.' },
        ]}
      />
      <RadioCards
        legend="If one is stored twice?"
        value={value<'harmless' | 'wrong'>('repeats')}
        onChange={(next) => set('repeats', next)}
        cards={[
          { value: 'harmless', title: 'Harmless', text: 'It is a state or a growing total; twice is once.' },
          { value: 'wrong', title: 'Wrong totals', text: 'It is a count or a change; twice is double.' },
        ]}
      />
      <RadioCards
        legend="Does the payload carry its own time?"
        value={value<'yes' | 'no'>('ts')}
        onChange={(next) => set('ts', next)}
        cards={[
          { value: 'yes', title: 'Yes', text: 'Each message says when it was measured.' },
          { value: 'no', title: 'No', text: 'The time of arrival has to do.' },
        ]}
      />
      <div className="columns">
        <Field label="Seconds between two messages of a device" isOptional>
          {(control) => (
            <Input
              {...control}
              type="number"
              min={0}
              value={search.get('every') ?? ''}
              onChange={(next) => set('every', next)}
            />
          )}
        </Field>
        <Field label="Devices" isOptional>
          {(control) => (
            <Input
              {...control}
              type="number"
              min={1}
              value={search.get('devices') ?? ''}
              onChange={(next) => set('devices', next)}
            />
          )}
        </Field>
      </div>
      <RadioCards
        legend="How are the devices connected?"
        value={value<'lan' | 'cellular' | 'battery'>('link')}
        onChange={(next) => set('link', next)}
        cards={[
          { value: 'lan', title: 'Local network', text: 'Fast, and rarely away.' },
          { value: 'cellular', title: 'Cellular', text: 'Sometimes away, and bytes cost.' },
          { value: 'battery', title: 'Battery', text: 'Each packet costs life.' },
        ]}
      />
    </>
  )
}

/** What a draft has listened to, instead of answers. */
function seenOf(id: string | null): Seen | undefined {
  return listDrafts().find((draft) => draft.id === id)?.seen
}

interface SeenChoiceProps {
  chosen: string
  onChoose: (id: string) => void
  seen: Seen | undefined
}

function SeenChoice({ chosen, onChoose, seen }: SeenChoiceProps) {
  const drafts = listDrafts().filter((draft) => draft.seen !== undefined)
  if (drafts.length === 0) return null
  return (
    <div className="stack">
      <Field label="Take what was seen" hint="Messages that the setup of an integration has listened to.">
        {(control) => (
          <Select
            {...control}
            value={chosen}
            onChange={onChoose}
            options={[
              { value: '', label: 'Nothing: only my answers' },
              ...drafts.map((draft) => ({
                value: draft.id,
                label: draft.name || (draft.topics[0]?.filter ?? draft.id),
              })),
            ]}
          />
        )}
      </Field>
      {seen !== undefined && <SeenFigures seen={seen} />}
    </div>
  )
}

function GivenUp({ qos }: { qos: 0 | 1 | 2 }) {
  const level = qosLevels[qos]
  return (
    <div className="stack-s">
      <h2>
        With QoS {qos} <Badge tone="accent">{level.title}</Badge>
      </h2>
      <p>
        <strong>What can still be lost:</strong> {level.lost}
      </p>
      <p>
        <strong>What can come twice:</strong> {level.repeated}
      </p>
      <p className="soft">
        The chain is as strong as its weakest link: device → (broker →) Ackstone → store. A device that
        publishes at QoS 0 can lose a reading before anybody could acknowledge it.
      </p>
    </div>
  )
}
