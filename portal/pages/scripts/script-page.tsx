// One script: its source, a trial on samples, its versions.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation, useParams } from 'wouter'
import { useChange } from '../../data/change.ts'
import { call } from '../../data/client.ts'
import { fieldError } from '../../data/problem.ts'
import { useLacks } from '../../data/session.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmByName } from '../../ui/confirm-by-name.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Field } from '../../ui/field.tsx'
import { Input } from '../../ui/input.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Badge } from '../../ui/state.tsx'
import { useToast } from '../../ui/toast.tsx'
import { exampleScript } from './example-script.ts'
import type { Script } from './script-api.ts'
import { ScriptEditor } from './script-editor.tsx'
import { ScriptTrial } from './script-trial.tsx'
import { ScriptVersions } from './script-versions.tsx'
import './scripts.css'

export function ScriptPage() {
  const { id = 'new' } = useParams<{ id?: string }>()
  const isNew = id === 'new'
  const script = useQuery({
    queryKey: ['script', id],
    queryFn: ({ signal }) => call('getScript', { params: { id }, signal }),
    enabled: !isNew,
  })
  if (isNew) return <Editing key="new" script={undefined} />
  if (script.isPending) return <Skeleton label="The script" />
  if (script.error !== null) return <ErrorState error={script.error} onRetry={() => void script.refetch()} />
  return <Editing key={`${id} ${script.data.version}`} script={script.data} />
}

function Editing({ script }: { script: Script | undefined }) {
  const [name, setName] = useState(script?.name ?? '')
  const [source, setSource] = useState(script?.source ?? exampleScript)
  const [isRemoving, setRemoving] = useState(false)
  const saving = useSavingScript(script, name, source)
  const lacksRole = useLacks('operator')
  const isSame = script !== undefined && script.name === name && script.source === source
  const lacks =
    lacksRole ??
    (name.trim() === '' ? 'Give the script a name.' : isSame ? 'Nothing has been changed.' : undefined)
  return (
    <div className="stack-l">
      <PageHeader
        title={script?.name ?? 'Write a script'}
        badge={script !== undefined && <Badge>version {script.version}</Badge>}
        actions={
          script !== undefined && (
            <Button kind="danger" icon="trash" lacks={lacksRole} onClick={() => setRemoving(true)}>
              Remove
            </Button>
          )
        }
      />
      <Field label="Name" error={saving.error === undefined ? undefined : fieldError(saving.error, '/name')}>
        {(control) => <Input {...control} value={name} maxLength={100} onChange={setName} />}
      </Field>
      <ScriptEditor
        label="Source of the script"
        source={source}
        onChange={setSource}
        isReadOnly={lacksRole !== undefined}
      />
      {saving.error !== undefined && <ErrorState error={saving.error} />}
      <div className="row">
        <Button
          kind="primary"
          icon="check"
          lacks={lacks}
          isBusy={saving.isBusy}
          onClick={() => void saving.save()}
        >
          {script === undefined ? 'Save the script' : `Save as version ${script.version + 1}`}
        </Button>
      </div>
      <ScriptTrial source={source} />
      {script !== undefined && <ScriptVersions script={script} onTake={setSource} />}
      {isRemoving && script !== undefined && <Removal script={script} onClose={() => setRemoving(false)} />}
    </div>
  )
}

function useSavingScript(script: Script | undefined, name: string, source: string) {
  const queries = useQueryClient()
  const [, navigate] = useLocation()
  const say = useToast()
  const { isBusy, error, run } = useChange()
  return {
    isBusy,
    error,
    save: () =>
      run(async () => {
        const body = { name: name.trim(), source }
        const saved =
          script === undefined
            ? await call('createScript', { body })
            : await call('replaceScript', { params: { id: script.id }, body })
        say(
          `“${saved.name}” is saved as version ${saved.version}. Integrations that use it read with it from now on.`,
        )
        await queries.invalidateQueries({ queryKey: ['scripts'] })
        queries.setQueryData(['script', saved.id], saved)
        await queries.invalidateQueries({ queryKey: ['script-versions', saved.id] })
        if (script === undefined) navigate(`/scripts/${encodeURIComponent(saved.id)}`, { replace: true })
      }),
  }
}

function Removal({ script, onClose }: { script: Script; onClose: () => void }) {
  const queries = useQueryClient()
  const [, navigate] = useLocation()
  return (
    <ConfirmByName
      title="Remove this script?"
      name={script.name}
      noun="script"
      action="Remove the script"
      onClose={onClose}
      onConfirm={async () => {
        await call('removeScript', { params: { id: script.id } })
        await queries.invalidateQueries({ queryKey: ['scripts'] })
        navigate('/scripts')
      }}
    >
      <p>
        The script and all its versions go. Readings that it made stay. An integration that uses it keeps it
        from being removed.
      </p>
    </ConfirmByName>
  )
}
