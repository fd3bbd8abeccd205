// Roles and topic filters of a device: where it may publish and what it may subscribe to.
import { useState } from 'react'
import { useChange } from '../../data/change.ts'
import { call, type AnswerOf } from '../../data/client.ts'
import { fieldError } from '../../data/problem.ts'
import { useOperation } from '../../data/queries.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox } from '../../ui/choice.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Field } from '../../ui/field.tsx'
import { Textarea } from '../../ui/input.tsx'
import { useToast } from '../../ui/toast.tsx'

interface RightsFormProps {
  device: string
  rights: AnswerOf<'getRights'>
  lacks: string | undefined
}

const hint = 'One topic filter in each line; the level {device} stands for this device.'

export function RightsForm({ device, rights, lacks }: RightsFormProps) {
  const known = useOperation('listRoles', {})
  const { isBusy, error, run } = useChange('getRights')
  const say = useToast()
  const [roles, setRoles] = useState<readonly string[]>(rights.roles)
  const [publish, setPublish] = useState(rights.publish.join('\n'))
  const [subscribe, setSubscribe] = useState(rights.subscribe.join('\n'))
  const why =
    lacks ?? (rights.managed ? 'This device is declared in ackstone.yaml; change it there.' : undefined)
  const save = () => {
    const body = { roles: [...roles], publish: lines(publish), subscribe: lines(subscribe) }
    return run(async () => {
      await call('replaceRights', { params: { device }, body })
      say(`The rights of ${device} are saved; they count at once.`)
    })
  }
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        if (why === undefined) void save()
      }}
    >
      <fieldset className="stack-s">
        <legend className="field-label">Roles</legend>
        {(known.data?.items ?? []).map(({ name, description }) => (
          <Checkbox
            key={name}
            label={<code>{name}</code>}
            hint={description}
            isChecked={roles.includes(name)}
            lacks={why}
            onChange={(isChecked) =>
              setRoles(isChecked ? [...roles, name] : roles.filter((each) => each !== name))
            }
          />
        ))}
      </fieldset>
      <div className="columns">
        <Field label="May also publish to" hint={hint} error={fieldError(error, '/publish')}>
          {(control) => (
            <Textarea
              {...control}
              isMono
              value={publish}
              onChange={setPublish}
              readOnly={why !== undefined}
            />
          )}
        </Field>
        <Field label="May also subscribe to" hint={hint} error={fieldError(error, '/subscribe')}>
          {(control) => (
            <Textarea
              {...control}
              isMono
              value={subscribe}
              onChange={setSubscribe}
              readOnly={why !== undefined}
            />
          )}
        </Field>
      </div>
      {error !== undefined && <ErrorState error={error} />}
      <div>
        <Button type="submit" kind="primary" lacks={why} isBusy={isBusy}>
          Save the rights
        </Button>
      </div>
    </form>
  )
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
