// How to see for oneself that an acknowledgement means the reading is stored: publish, kill the hub without warning,
// start it again, look.
import { CodeBlock } from '../../ui/code-block.tsx'
import { useAddressState } from '../../data/address.ts'
import { Link } from 'wouter'

export function ProveIt() {
  const [device] = useAddressState('device', 'd1')
  return (
    <ol className="prove stack">
      <li>Publish at QoS 1 with the lines above, until they say that it was acknowledged.</li>
      <li>
        Kill the hub where it runs. It gets no chance to save anything:
        <CodeBlock label="Kill the hub" text="pkill -KILL -f 'main.ts serve'" />
      </li>
      <li>
        Start it again. This page says that the hub is away, and that it is back:
        <CodeBlock label="Start the hub" text="npm start" />
      </li>
      <li>
        <Link href={`/devices/${encodeURIComponent(device)}`}>Look at {device}</Link>: every reading that was
        acknowledged is there, once.
      </li>
      <li>
        To have it done a hundred times, with an independent checker that compares:
        <CodeBlock label="The drill" text="npm run drill" />
      </li>
    </ol>
  )
}
