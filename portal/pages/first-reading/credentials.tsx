// What a device, or a program that speaks HTTP, needs to be let in: made here with one press, and shown this once,
// inside the lines to copy.
import { useChange } from '../../data/change.ts'
import { call } from '../../data/client.ts'
import { useLacks } from '../../data/session.ts'
import { Button } from '../../ui/button.tsx'
import { Callout } from '../../ui/callout.tsx'
import { ErrorState } from '../../ui/error-state.tsx'

interface DeviceTokenProps {
  device: string
  /** The hub lets nobody in without. */
  isNeeded: boolean
  token: string | undefined
  onMade: (token: string) => void
}

export function DeviceToken({ device, isNeeded, token, onMade }: DeviceTokenProps) {
  const change = useChange('listCredentials', 'audit')
  const lacks = useLacks('operator')
  const make = () =>
    change.run(async () => {
      const { secret } = await call('createCredential', { params: { device }, body: { kind: 'token' } })
      if (secret !== null) onMade(secret)
    })
  if (token !== undefined) {
    return (
      <Callout kind="good" title={`${device} has a token.`} isAnnounced>
        It stands in the lines below, and is shown this once: copy them now.
      </Callout>
    )
  }
  return (
    <>
      <Callout
        kind={isNeeded ? 'warning' : 'info'}
        title={isNeeded ? 'Devices need a credential here.' : 'Devices may connect without a credential.'}
        actions={
          <Button
            kind={isNeeded ? 'primary' : 'plain'}
            size="small"
            icon="key"
            lacks={lacks}
            isBusy={change.isBusy}
            onClick={() => void make()}
          >
            Make a token for {device}
          </Button>
        }
      >
        {isNeeded
          ? 'The hub listens beyond this machine, so a device shows who it is.'
          : 'The hub listens on this machine alone, so nobody is asked. You can give the device a token all the same.'}
      </Callout>
      {change.error !== undefined && <ErrorState error={change.error} />}
    </>
  )
}

export function HttpKey({ value, onMade }: { value: string | undefined; onMade: (key: string) => void }) {
  const change = useChange('listKeys', 'audit')
  const lacks = useLacks('administrator')
  const make = () =>
    change.run(async () => {
      const body = { name: 'First reading over HTTP', scopes: ['ingest' as const] }
      onMade((await call('createKey', { body })).key)
    })
  if (value !== undefined) {
    return (
      <Callout kind="good" title="There is a key that may store readings, and nothing else." isAnnounced>
        It stands in the lines below, and is shown this once: copy them now.
      </Callout>
    )
  }
  return (
    <>
      <Callout
        kind="info"
        title="A program that speaks HTTP needs an API key."
        actions={
          <Button size="small" icon="key" lacks={lacks} isBusy={change.isBusy} onClick={() => void make()}>
            Make a key that may ingest
          </Button>
        }
      >
        Or put one that you have in the place of YOUR_API_KEY.
      </Callout>
      {change.error !== undefined && <ErrorState error={change.error} />}
    </>
  )
}
