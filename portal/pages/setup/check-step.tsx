// Step 5: the name, everything in one sentence and as YAML, a dry run over the samples, a real round trip that proves
// store and acknowledgement, and then it is saved.
import { useLocation } from 'wouter'
import { useChange } from '../../data/change.ts'
import { fieldError, problemOf } from '../../data/problem.ts'
import { useLacks } from '../../data/session.ts'
import { Button } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Field } from '../../ui/field.tsx'
import { Input } from '../../ui/input.tsx'
import { useToast } from '../../ui/toast.tsx'
import { useSetupDraft } from './draft-context.ts'
import { draftBody, dropDraft, stepIds, type Draft } from './draft.ts'
import { DryRun } from './dry-run.tsx'
import { save } from './hub.ts'
import { ProofPanel } from './proof-panel.tsx'
import { lacksOf } from './step-lacks.ts'
import { yamlOf } from './yaml.ts'

export function CheckStep() {
  const { draft, change, go } = useSetupDraft()
  const saving = useSaving(draft)
  const lacksRole = useLacks('operator')
  const missing = stepIds.map((step) => lacksOf(draft, step)).find((lacks) => lacks !== undefined)
  const lacks = lacksRole ?? missing
  return (
    <>
      <Field
        label="Name of the integration"
        hint="Unlike the names of the others."
        error={saving.error === undefined ? undefined : fieldError(saving.error, '/name')}
      >
        {(control) => (
          <Input
            {...control}
            value={draft.name}
            maxLength={100}
            placeholder="Greenhouse"
            onChange={(name) => change({ name })}
          />
        )}
      </Field>
      <p className="summary-sentence">{sentenceOf(draft)}</p>
      <DryRun />
      {draft.kind === 'direct' && <ProofPanel />}
      <details className="guide">
        <summary>The same for ackstone.yaml</summary>
        <CodeBlock label="The integration as YAML" text={yamlOf(draftBody(draft, true))} />
      </details>
      {saving.error !== undefined && <ErrorState error={saving.error} />}
      {saving.error !== undefined &&
        problemOf(saving.error).errors?.some(({ pointer }) => pointer.startsWith('/connection')) && (
          <Button onClick={() => go('source')}>Go to the connection</Button>
        )}
      <div className="row setup-end">
        <Button icon="left" onClick={() => go('converter')}>
          Back
        </Button>
        <Button
          kind="primary"
          icon="check"
          lacks={lacks}
          isBusy={saving.isBusy}
          onClick={() => void saving.save(true)}
        >
          Save and start
        </Button>
        <Button lacks={lacks} isBusy={saving.isBusy} onClick={() => void saving.save(false)}>
          Save paused
        </Button>
      </div>
    </>
  )
}

function useSaving(draft: Draft) {
  const [, navigate] = useLocation()
  const say = useToast()
  const { isBusy, error, run } = useChange('listIntegrations')
  return {
    isBusy,
    error,
    save: (enabled: boolean) =>
      run(async () => {
        const { id, name } = await save(draft, enabled)
        dropDraft(draft.id)
        say(enabled ? `“${name}” takes messages from now on.` : `“${name}” is saved and paused.`)
        navigate(`/integrations/${encodeURIComponent(id)}`)
      }),
  }
}

/** Everything that was chosen, as one would tell it. */
function sentenceOf(draft: Draft): string {
  const filters = draft.topics.map(({ filter }) => filter.trim()).filter((filter) => filter !== '')
  const source =
    draft.kind === 'direct'
      ? 'Messages that devices publish here'
      : `Messages of the broker at ${draft.connection.url.trim().replace(/\/\/[^/@]*@/, '//')}`
  const levels = [...new Set(draft.topics.map(({ qos }) => qos))].toSorted((a, b) => a - b)
  const on = filters.length === 1 ? `on ${filters[0]}` : `on ${filters.length} topic filters`
  const read = `are read as ${draft.converter.type}`
  const answer = {
    0: 'and answered at once: QoS 0 is selected, so one that is lost is lost',
    1: 'and acknowledged once they are stored: QoS 1 is selected, and a repeat lands on the same row',
    2: 'and stored exactly once before they are acknowledged: QoS 2 is selected',
  }
  if (levels.length > 1)
    return `${source} ${on} ${read}, at QoS ${levels.join(' and ')}, each topic filter at its own.`
  return `${source} ${on} ${read} ${answer[levels[0] ?? 0]}.`
}
