// Lines to copy that send a message again.
import { useOperation } from '../../data/queries.ts'
import { CodeBlock } from '../../ui/code-block.tsx'
import { curlCommand, mosquittoCommand } from './commands.ts'
import type { Trace } from './trace-dialog.tsx'

export function ResendCommands({ trace }: { trace: Trace }) {
  const endpoints = useOperation('endpoints', {}, { staleTime: 600_000 })
  if (endpoints.data === undefined || trace.payload.isCut) return null
  const { mqtt, http, devicesNeedCredentials } = endpoints.data
  return (
    <section className="stack-s">
      <h3>Send it again</h3>
      <CodeBlock label="The message as mosquitto_pub" text={mosquittoCommand(trace, mqtt)} isWrapped />
      {devicesNeedCredentials && (
        <p className="soft small">
          Add the credentials of the device: its user name with -u, its password with -P.
        </p>
      )}
      {trace.device !== '' && (
        <>
          <CodeBlock label="Its payload as curl" text={curlCommand(trace, http)} isWrapped />
          <p className="soft small">
            Over HTTP the payload is read as the converter <code>json</code> reads it. Put a key with the
            scope “ingest” into ACKSTONE_TOKEN.
          </p>
        </>
      )}
    </section>
  )
}
