// Shows a secret, the one time that it is shown, with a line to try it with.
import type { AnswerOf } from '../../data/client.ts'
import { Button } from '../../ui/button.tsx'
import { CodeBlock, CopyButton } from '../../ui/code-block.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { KeyValues } from '../../ui/key-values.tsx'
import './device.css'

interface SecretDialogProps {
  device: string
  made: AnswerOf<'createCredential'>
  onClose: () => void
}

export function SecretDialog({ device, made, onClose }: SecretDialogProps) {
  const secret = made.secret ?? ''
  const isToken = made.kind === 'token'
  const what = isToken ? 'token' : 'password'
  const login = isToken
    ? `-u ${quoted(secret)}`
    : `-u ${quoted(made.username ?? device)} -P ${quoted(secret)}`
  return (
    <Dialog title={`The ${what} of ${device}`} onClose={onClose} isSticky>
      <div className="stack">
        <p>It is shown this once. Copy it into the device now; later it can only be replaced.</p>
        <div className="secret">
          <code>{secret}</code>
          <CopyButton text={secret} label={`Copy the ${what}`} />
        </div>
        <KeyValues
          items={[
            { name: 'Client identifier', value: 'any; the device is known by what it logs in with' },
            { name: 'Username', value: isToken ? 'the token' : <code>{made.username ?? device}</code> },
            { name: 'Password', value: isToken ? 'none' : 'the password' },
          ]}
        />
        <CodeBlock
          label="A command to try it"
          isWrapped
          text={`mosquitto_pub -h ${location.hostname} -q 1 ${login} -t v1/devices/me/telemetry -m '{"temp":21.5}'`}
        />
        <DialogActions>
          <Button kind="primary" onClick={onClose}>
            I have copied it
          </Button>
        </DialogActions>
      </div>
    </Dialog>
  )
}

/** As a shell reads it. */
function quoted(text: string): string {
  return /^[\w.@:/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
