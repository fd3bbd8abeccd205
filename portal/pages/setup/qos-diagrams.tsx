// Who sends what to whom at the chosen level: when all goes well, and when a packet is lost on the way.
import { useState } from 'react'
import { SequenceDiagram } from '../../ui/sequence-diagram.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import type { Qos } from './draft.ts'
import { sequenceOf, type Course } from './qos-levels.ts'

interface QosDiagramsProps {
  qos: Qos
  /** Name of the first lane. */
  sender: string
}

const titles: Readonly<Record<Course, string>> = { well: 'all goes well', lost: 'a packet is lost' }

export function QosDiagrams({ qos, sender }: QosDiagramsProps) {
  const [course, setCourse] = useState<Course>('well')
  return (
    <section className="panel" aria-label="What is sent, and when it is stored">
      <h2>What is sent at QoS {qos}, and when it is stored</h2>
      <Tabs
        label="Course"
        chosen={course}
        onChoose={setCourse}
        tabs={[
          { id: 'well', label: 'All goes well' },
          { id: 'lost', label: 'A packet is lost' },
        ]}
      >
        <SequenceDiagram
          title={`QoS ${qos} when ${titles[course]}`}
          lanes={[sender, 'Ackstone', 'Store']}
          steps={sequenceOf(qos, course)}
        />
      </Tabs>
    </section>
  )
}
