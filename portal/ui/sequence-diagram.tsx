// Who sends what to whom, drawn from top to bottom: lanes, arrows, a packet that is lost, the moment of storing.
// The same is there as a list of sentences for those who don't see it.
import './sequence-diagram.css'

export interface SequenceArrow {
  kind: 'data' | 'answer' | 'lost'
  /** Indexes of lanes. */
  from: number
  to: number
  label: string
}

/** Something that happens in one lane: it is stored, or a wait. */
export interface SequenceEvent {
  kind: 'stored' | 'note'
  at: number
  label: string
}

export type SequenceStep = SequenceArrow | SequenceEvent

interface SequenceDiagramProps {
  title: string
  lanes: readonly string[]
  steps: readonly SequenceStep[]
}

const laneWidth = 180
const headHeight = 34
const stepHeight = 34
const boxHeight = 22
const letterWidth = 6.4

export function SequenceDiagram({ title, lanes, steps }: SequenceDiagramProps) {
  const width = lanes.length * laneWidth
  const height = headHeight + 14 + steps.length * stepHeight
  const x = (lane: number) => lane * laneWidth + laneWidth / 2
  return (
    <figure>
      <svg className="sequence" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={title}>
        {lanes.map((lane, index) => (
          <g key={lane}>
            <line className="lane-line" x1={x(index)} x2={x(index)} y1={headHeight - 6} y2={height} />
            <rect className="lane-box" x={x(index) - 64} y={2} width={128} height={24} rx={5} />
            <text className="lane-name" x={x(index)} y={18} textAnchor="middle">
              {lane}
            </text>
          </g>
        ))}
        {steps.map((step, index) => {
          const y = headHeight + 24 + index * stepHeight
          return 'at' in step ? (
            <EventMark key={index} step={step} x={x(step.at)} y={y} width={width} />
          ) : (
            <Arrow key={index} step={step} from={x(step.from)} to={x(step.to)} y={y} />
          )
        })}
      </svg>
      <ol className="hidden-visually">
        {steps.map((step, index) => (
          <li key={index}>{sentence(step, lanes)}</li>
        ))}
      </ol>
    </figure>
  )
}

function Arrow({ step, from, to, y }: { step: SequenceArrow; from: number; to: number; y: number }) {
  const isLost = step.kind === 'lost'
  const direction = Math.sign(to - from)
  const end = isLost ? (from + to) / 2 + direction * 20 : to - direction * 3
  return (
    <g className={step.kind}>
      <text x={(from + to) / 2} y={y - 6} textAnchor="middle">
        {step.label}
      </text>
      <line className="arrow" x1={from + direction * 3} x2={end - direction * 6} y1={y} y2={y} />
      {isLost ? (
        <path className="lost-mark" d={`M${end - 5} ${y - 5}l10 10M${end + 5} ${y - 5}l-10 10`} />
      ) : (
        <path className="arrow-head" d={`M${end} ${y}l${-direction * 9} -4.500v9z`} />
      )}
    </g>
  )
}

function EventMark({ step, x, y, width }: { step: SequenceEvent; x: number; y: number; width: number }) {
  const boxWidth = Math.min(width, step.label.length * letterWidth + 20)
  const left = Math.max(0, Math.min(x - boxWidth / 2, width - boxWidth))
  const look = step.kind === 'stored' ? 'event' : 'note'
  return (
    <g>
      <rect
        className={`${look}-box`}
        x={left}
        y={y - boxHeight + 6}
        width={boxWidth}
        height={boxHeight}
        rx={11}
      />
      <text className={`${look}-text`} x={left + boxWidth / 2} y={y - 1} textAnchor="middle">
        {step.label}
      </text>
    </g>
  )
}

function sentence(step: SequenceStep, lanes: readonly string[]): string {
  if ('at' in step) return `At ${lanes[step.at]}: ${step.label}.`
  const way = `from ${lanes[step.from]} to ${lanes[step.to]}`
  return step.kind === 'lost' ? `${step.label} is lost on the way ${way}.` : `${step.label} goes ${way}.`
}
