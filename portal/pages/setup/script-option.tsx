// The converter is a script: one that is kept on the hub and has versions, or one written here.
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { Link } from 'wouter'
import { call } from '../../data/client.ts'
import { Field } from '../../ui/field.tsx'
import { Select } from '../../ui/select.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { exampleScript } from '../scripts/example-script.ts'
import { useSetupDraft } from './draft-context.ts'

const ScriptEditor = lazy(async () => ({
  default: (await import('../scripts/script-editor.tsx')).ScriptEditor,
}))
const inline = ''

export function ScriptOption() {
  const { draft, change } = useSetupDraft()
  const scripts = useQuery({
    queryKey: ['scripts'],
    queryFn: ({ signal }) => call('listScripts', { signal }),
  })
  const { script, source } = draft.converter
  const chosen = typeof script === 'string' ? script : inline
  const choose = (id: string) =>
    change({
      converter: id === inline ? { type: 'script', source: exampleScript } : { type: 'script', script: id },
      isConverterChosen: true,
    })
  return (
    <div className="stack">
      <Field
        label="Script"
        hint={
          <>
            Scripts that are kept have versions and figures; they are made on the page{' '}
            <Link href="/scripts">Scripts</Link>.
          </>
        }
      >
        {(control) => (
          <Select
            {...control}
            value={chosen}
            onChange={choose}
            options={[
              { value: inline, label: 'Written here' },
              ...(scripts.data?.items ?? []).map(({ id, name, version }) => ({
                value: id,
                label: `${name} (version ${version})`,
              })),
            ]}
          />
        )}
      </Field>
      {chosen === inline && (
        <Suspense fallback={<Skeleton label="The editor" />}>
          <ScriptEditor
            label="Source of the script"
            source={typeof source === 'string' ? source : ''}
            onChange={(next) =>
              change({ converter: { type: 'script', source: next }, isConverterChosen: true })
            }
          />
        </Suspense>
      )}
    </div>
  )
}
