// How the hub reaches another broker: address, version, who it says it is, TLS, and how long the broker shall keep
// messages while the hub is away.
import { Checkbox } from '../../ui/choice.tsx'
import { Field } from '../../ui/field.tsx'
import { Input, PasswordInput, Textarea } from '../../ui/input.tsx'
import { Select } from '../../ui/select.tsx'
import { useSetupDraft } from './draft-context.ts'
import { isEncrypted, type DraftConnection } from './draft.ts'

export function ConnectionForm() {
  const { draft, change } = useSetupDraft()
  const { connection } = draft
  const set = (changes: Partial<DraftConnection>) => change({ connection: { ...connection, ...changes } })
  return (
    <fieldset className="stack">
      <legend className="radio-cards-legend">The broker</legend>
      <div className="columns">
        <Field label="Address" hint="mqtt://, mqtts:// (TLS), ws:// or wss://, then host and port.">
          {(control) => (
            <Input
              {...control}
              isMono
              value={connection.url}
              placeholder="mqtts://broker.example:8883"
              onChange={(url) => set({ url })}
            />
          )}
        </Field>
        <Field label="MQTT version">
          {(control) => (
            <Select
              {...control}
              value={connection.protocolVersion}
              onChange={(protocolVersion) => set({ protocolVersion })}
              options={[
                { value: 'auto', label: '5, or 3.1.1 where the broker has no 5' },
                { value: '5', label: '5' },
                { value: '4', label: '3.1.1' },
              ]}
            />
          )}
        </Field>
        <Field
          label="Client identifier"
          hint="Names the session at the broker. Made from the integration’s name when left out."
          isOptional
        >
          {(control) => (
            <Input
              {...control}
              isMono
              value={connection.clientId}
              onChange={(clientId) => set({ clientId })}
            />
          )}
        </Field>
      </div>
      <Credentials connection={connection} set={set} />
      {isEncrypted(connection.url) && <Trust connection={connection} set={set} />}
      <Persistence connection={connection} set={set} />
    </fieldset>
  )
}

interface PartProps {
  connection: DraftConnection
  set: (changes: Partial<DraftConnection>) => void
}

function Credentials({ connection, set }: PartProps) {
  return (
    <div className="columns">
      <Field label="Signs in with">
        {(control) => (
          <Select
            {...control}
            value={connection.auth}
            onChange={(auth) => set({ auth })}
            options={[
              { value: 'none', label: 'Nothing' },
              { value: 'password', label: 'User name and password' },
              { value: 'certificate', label: 'Client certificate' },
            ]}
          />
        )}
      </Field>
      {connection.auth === 'password' && (
        <>
          <Field label="User name">
            {(control) => (
              <Input {...control} value={connection.username} onChange={(username) => set({ username })} />
            )}
          </Field>
          <Field label="Password" hint="Not kept with the draft: after a reload it is asked for again.">
            {(control) => (
              <PasswordInput
                {...control}
                autoComplete="off"
                value={connection.password}
                onChange={(password) => set({ password })}
              />
            )}
          </Field>
        </>
      )}
      {connection.auth === 'certificate' && (
        <>
          <Field label="Client certificate (PEM)">
            {(control) => (
              <Textarea {...control} isMono value={connection.cert} onChange={(cert) => set({ cert })} />
            )}
          </Field>
          <Field
            label="Private key (PEM)"
            hint="Not kept with the draft: after a reload it is asked for again."
          >
            {(control) => (
              <Textarea {...control} isMono value={connection.key} onChange={(key) => set({ key })} />
            )}
          </Field>
        </>
      )}
    </div>
  )
}

function Trust({ connection, set }: PartProps) {
  return (
    <div className="columns">
      <Field
        label="Certificate authority (PEM)"
        hint="Only when the broker’s certificate was signed by one of your own."
        isOptional
      >
        {(control) => <Textarea {...control} isMono value={connection.ca} onChange={(ca) => set({ ca })} />}
      </Field>
      <Checkbox
        label="Check the broker’s certificate"
        hint="Without the check, somebody in between can read and change everything. Leave it on unless you are trying something out."
        isChecked={connection.verify}
        onChange={(verify) => set({ verify })}
      />
    </div>
  )
}

function Persistence({ connection, set }: PartProps) {
  return (
    <div className="columns">
      <Checkbox
        label="Persistent session"
        hint="The broker keeps messages at QoS 1 and 2 while Ackstone is away. Without it they are lost."
        isChecked={!connection.cleanStart}
        onChange={(isPersistent) => set({ cleanStart: !isPersistent })}
      />
      <Field
        label="Session expiry in seconds"
        hint="How long the broker shall keep the session: 604800 are seven days."
      >
        {(control) => (
          <Input
            {...control}
            type="number"
            min={0}
            value={connection.sessionExpiry}
            disabled={connection.cleanStart}
            onChange={(sessionExpiry) => set({ sessionExpiry })}
          />
        )}
      </Field>
      <Field label="Keep alive in seconds" hint="A silent connection is tried this often.">
        {(control) => (
          <Input
            {...control}
            type="number"
            min={5}
            max={65535}
            value={connection.keepAlive}
            onChange={(keepAlive) => set({ keepAlive })}
          />
        )}
      </Field>
    </div>
  )
}
