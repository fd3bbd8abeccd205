// Guidance on choosing, for those who want the reasons: totals and changes, times, outages.
import './setup.css'

interface Guide {
  question: string
  answer: string
}

const guides: readonly Guide[] = [
  {
    question: 'My readings are totals that only grow, like an energy meter',
    answer:
      'A lost one is made good by the next, and a repeated one changes nothing. QoS 0 delays the ' +
      'picture a little when something is lost; QoS 1 has no gaps.',
  },
  {
    question: 'My readings are changes since the last transmission, like button presses',
    answer:
      'Each one counts: a lost one is missing from the total, a repeated one is counted twice. Take ' +
      'QoS 2, or send totals, or give each message a time of its own and take QoS 1.',
  },
  {
    question: 'My messages carry the time at which they were measured',
    answer:
      'Then device, key and time name the row. A repeat has the same time, lands on the same row and ' +
      'leaves no trace, so QoS 1 gives at the end what QoS 2 gives, with half the packets.',
  },
  {
    question: 'My messages carry no time',
    answer:
      'Ackstone gives each message the time at which it first arrived and remembers it, so that a ' +
      'resend in the same session lands on the same row. A device that starts a new session and sends ' +
      'again looks like a new message; only QoS 2 in a lasting session tells them apart.',
  },
  {
    question: 'The network or the hub may be away for a while',
    answer:
      'At QoS 1 and 2 the sender keeps what has no answer and sends it again, provided that it keeps ' +
      'its session (clean start off) and has room to keep messages. At QoS 0 whatever was sent ' +
      'meanwhile is gone.',
  },
]

export function QosGuidance() {
  return (
    <section className="stack-s" aria-label="How to choose">
      <h2>How to choose</h2>
      {guides.map(({ question, answer }) => (
        <details key={question} className="guide">
          <summary>{question}</summary>
          <p>{answer}</p>
        </details>
      ))}
    </section>
  )
}
