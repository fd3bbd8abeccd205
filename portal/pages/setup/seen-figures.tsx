// What was seen while it was listened, in figures.
import { Definition } from '../../ui/tooltip.tsx'
import { KeyValues, type KeyValue } from '../../ui/key-values.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { bytes, count, number } from '../../ui/format.ts'
import { Callout } from '../../ui/callout.tsx'
import type { Seen } from './draft.ts'

export function SeenFigures({ seen }: { seen: Seen }) {
  if (seen.messages === 0) {
    return (
      <Callout kind="warning" title="No message came in this time">
        Is a device publishing now, and on these topics? Listen again while one does, or go on: the
        integration also works without.
      </Callout>
    )
  }
  return <KeyValues items={figuresOf(seen)} />
}

function figuresOf(seen: Seen): KeyValue[] {
  const { publishQos } = seen
  const live = publishQos.qos0 + publishQos.qos1 + publishQos.qos2
  const items: KeyValue[] = [
    {
      name: <Definition of="Messages that came while it was listened, and per second.">Messages</Definition>,
      value: [
        `${count(seen.messages)} in ${number(Math.round(seen.seconds * 10) / 10)} s`,
        `${number(Math.round(seen.perSecond * 10) / 10)} per second`,
        `${bytes(seen.bytesMean)} each`,
      ].join(' · '),
    },
    {
      name: <Definition of="Different topic names among them.">Topics</Definition>,
      value: count(seen.topics),
    },
  ]
  if (live > 0) {
    items.push({
      name: (
        <Definition of="The QoS that the devices chose when they published. A message counts with the lower of this and the QoS you select.">
          Published at
        </Definition>
      ),
      value: [0, 1, 2]
        .map((qos) => ({ qos, share: publishQos[`qos${qos}` as keyof typeof publishQos] / live }))
        .filter(({ share }) => share > 0)
        .map(({ qos, share }) => `QoS ${qos}: ${percent(share)}`)
        .join(' · '),
    })
  }
  if (seen.withTs !== undefined) {
    items.push({
      name: (
        <Definition of="Share of the messages that say themselves when they were measured.">
          With a time
        </Definition>
      ),
      value: percent(seen.withTs),
    })
  }
  if (seen.json !== undefined) {
    items.push({
      name: <Definition of="Share of the payloads that are JSON.">JSON</Definition>,
      value: percent(seen.json),
    })
  }
  if (seen.cumulative !== undefined && seen.delta !== undefined) {
    items.push({
      name: (
        <Definition of="Totals only grow, so a lost or repeated one does little harm. Changes are small steps up and down, where each one counts.">
          Values
        </Definition>
      ),
      value: `${percent(seen.cumulative)} like totals · ${percent(seen.delta)} like changes`,
    })
  }
  if (seen.retained > 0) {
    items.push({
      name: (
        <Definition of="Messages the broker had kept from before. Without a time of their own they are not stored as new readings.">
          Retained
        </Definition>
      ),
      value: count(seen.retained),
    })
  }
  items.push({ name: 'Seen', value: <RelativeTime at={seen.at} /> })
  return items
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
