// One integration: how it is doing, its topics, what could not be read, its YAML; changed, paused or removed from here.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useLocation, useParams } from 'wouter'
import { useAddressState } from '../../data/address.ts'
import { call, request } from '../../data/client.ts'
import { useLacks } from '../../data/session.ts'
import { Button } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { ConfirmByName } from '../../ui/confirm-by-name.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Badge } from '../../ui/state.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { useToast } from '../../ui/toast.tsx'
import { keepDraft } from '../setup/draft.ts'
import { yamlOf } from '../setup/yaml.ts'
import { draftOf } from './draft-of.ts'
import { deviceApiId, type Integration } from './integration-api.ts'
import { bodyOf } from './integration-body.ts'
import { IntegrationState } from './integration-cells.tsx'
import { IntegrationCommands } from './integration-commands.tsx'
import { IntegrationHealth } from './integration-health.tsx'
import { IntegrationTopics } from './integration-topics.tsx'

type TabId = 'health' | 'topics' | 'commands' | 'yaml'

export function IntegrationPage() {
  const { id } = useParams<{ id: string }>()
  const integration = useQuery({
    queryKey: ['getIntegration', id],
    queryFn: () => call('getIntegration', { params: { id } }),
  })
  if (integration.isPending) return <Skeleton label="The integration" />
  if (integration.error !== null)
    return <ErrorState error={integration.error} onRetry={() => void integration.refetch()} />
  return <IntegrationView integration={integration.data} />
}

function IntegrationView({ integration }: { integration: Integration }) {
  const [tab, setTab] = useAddressState('tab', 'health', 'push')
  const lacks = useLacksChange(integration)
  const isReadyMade = integration.id === deviceApiId
  return (
    <div className="stack-l">
      <PageHeader
        title={integration.name}
        badge={
          <span className="row">
            <IntegrationState integration={integration} />
            {integration.managed && <Badge>{isReadyMade ? 'ready-made' : 'ackstone.yaml'}</Badge>}
          </span>
        }
        about={
          isReadyMade
            ? 'Always there: devices of common kinds connect and publish unchanged, at the QoS they choose themselves.'
            : undefined
        }
        actions={<Actions integration={integration} />}
      />
      <Tabs
        label="About this integration"
        chosen={tab as TabId}
        onChoose={setTab}
        tabs={[
          { id: 'health', label: 'Health' },
          { id: 'topics', label: 'Topics and converter' },
          { id: 'commands', label: 'Commands' },
          { id: 'yaml', label: 'YAML' },
        ]}
      >
        {tab === 'health' && <IntegrationHealth integration={integration} />}
        {tab === 'topics' && <IntegrationTopics integration={integration} />}
        {tab === 'commands' && <IntegrationCommands integration={integration} lacks={lacks} />}
        {tab === 'yaml' && <CodeBlock label="The integration as YAML" text={yamlOf(bodyOf(integration))} />}
      </Tabs>
    </div>
  )
}

/** Why it can't be changed here. */
function useLacksChange({ id, managed }: Integration): string | undefined {
  const lacksRole = useLacks('operator')
  if (lacksRole !== undefined || !managed) return lacksRole
  return id === deviceApiId
    ? 'The ready-made integration can’t be changed.'
    : 'It is declared in ackstone.yaml; change it there.'
}

function Actions({ integration }: { integration: Integration }) {
  const { id, name, enabled } = integration
  const [isRemoving, setRemoving] = useState(false)
  const [, navigate] = useLocation()
  const queries = useQueryClient()
  const say = useToast()
  const lacks = useLacksChange(integration)
  const change = () => {
    const draft = draftOf(integration)
    keepDraft(draft)
    navigate(`/integrations/new?draft=${draft.id}&step=topics`)
  }
  const pause = async () => {
    await request('PUT', `/api/v1/integrations/${encodeURIComponent(id)}`, {
      body: { ...bodyOf(integration), enabled: !enabled },
    })
    await queries.invalidateQueries({ queryKey: ['getIntegration', id] })
    await queries.invalidateQueries({ queryKey: ['listIntegrations'] })
    say(
      enabled
        ? `“${name}” is paused. What comes on its topics is not stored.`
        : `“${name}” takes messages again.`,
    )
  }
  return (
    <>
      <Link className="button plain medium" href={`/rejected?integration=${encodeURIComponent(id)}`}>
        Rejected messages
      </Link>
      <Button lacks={lacks} onClick={change}>
        Change
      </Button>
      <Button
        icon={enabled ? 'pause' : 'play'}
        lacks={lacks}
        onClick={() => void pause().catch((error: unknown) => say(String(error)))}
      >
        {enabled ? 'Pause' : 'Resume'}
      </Button>
      <Button kind="danger" icon="trash" lacks={lacks} onClick={() => setRemoving(true)}>
        Remove
      </Button>
      {isRemoving && <Removal integration={integration} onClose={() => setRemoving(false)} />}
    </>
  )
}

interface RemovalProps {
  integration: Integration
  onClose: () => void
}

function Removal({ integration: { id, name }, onClose }: RemovalProps) {
  const [, navigate] = useLocation()
  const queries = useQueryClient()
  const say = useToast()
  return (
    <ConfirmByName
      title="Remove this integration?"
      name={name}
      noun="integration"
      action="Remove the integration"
      onClose={onClose}
      onConfirm={async () => {
        await call('removeIntegration', { params: { id } })
        await queries.invalidateQueries({ queryKey: ['listIntegrations'] })
        say(`“${name}” is removed. What came through it stays stored.`)
        navigate('/integrations')
      }}
    >
      <p>Messages on its topics are not stored any more from then on. Readings that came through it stay.</p>
    </ConfirmByName>
  )
}
