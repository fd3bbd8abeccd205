// What a device logs in with: tokens, passwords, certificates. A secret is shown when it is made, and never again.
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call, type AnswerOf } from '../../data/client.ts'
import { useOperation } from '../../data/queries.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Badge } from '../../ui/state.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { AddCredential } from './add-credential.tsx'
import { RevokeCredential, RotateCredential } from './change-credential.tsx'
import { SecretDialog } from './secret-dialog.tsx'

export type Credential = AnswerOf<'listCredentials'>['items'][number]

type Open = { kind: 'add' } | { kind: 'rotate' | 'revoke'; credential: Credential }

export function CredentialsTab({ device, lacks }: { device: string; lacks: string | undefined }) {
  const queries = useQueryClient()
  const credentials = useOperation('listCredentials', { params: { device } })
  const [open, setOpen] = useState<Open>()
  const [secret, setSecret] = useState<AnswerOf<'createCredential'>>()
  if (credentials.error !== null) {
    return <ErrorState error={credentials.error} onRetry={() => void credentials.refetch()} />
  }
  if (credentials.data === undefined) return <Skeleton label="The credentials" />
  const done = async (made?: AnswerOf<'createCredential'>) => {
    setOpen(undefined)
    if (made !== undefined) setSecret(made)
    await queries.invalidateQueries({ queryKey: ['listCredentials'] })
  }
  const { items } = credentials.data
  const add = (
    <Button kind="primary" icon="plus" lacks={lacks} onClick={() => setOpen({ kind: 'add' })}>
      Create a credential
    </Button>
  )
  return (
    <div className="stack">
      {items.length === 0 ? (
        <EmptyState icon="key" title="This device has no credential" actions={add}>
          Where devices need credentials, it can’t connect. A token is the simplest: the device sends it as
          its password, with its identifier as the username.
        </EmptyState>
      ) : (
        <>
          <div className="row-apart">
            <p className="soft">Secrets were shown when they were made; they can be replaced, not read.</p>
            {add}
          </div>
          <Table
            caption="Credentials"
            columns={columnsFor(lacks, setOpen)}
            rows={items}
            keyOf={({ id }) => id}
          />
        </>
      )}
      {open?.kind === 'add' && (
        <AddCredential device={device} onDone={done} onClose={() => setOpen(undefined)} />
      )}
      {open?.kind === 'rotate' && (
        <RotateCredential
          credential={open.credential}
          onClose={() => setOpen(undefined)}
          onConfirm={async () =>
            done(await call('rotateCredential', { params: { device, id: open.credential.id }, body: {} }))
          }
        />
      )}
      {open?.kind === 'revoke' && (
        <RevokeCredential
          device={device}
          onClose={() => setOpen(undefined)}
          onConfirm={async () => {
            await call('revokeCredential', { params: { device, id: open.credential.id } })
            await done()
          }}
        />
      )}
      {secret?.secret && <SecretDialog device={device} made={secret} onClose={() => setSecret(undefined)} />}
    </div>
  )
}

const kinds = { token: 'Token', password: 'Password', certificate: 'Certificate' } as const
const declared = 'It is declared in ackstone.yaml; change it there.'

function columnsFor(lacks: string | undefined, open: (what: Open) => void): Column<Credential>[] {
  return [
    {
      id: 'kind',
      title: 'Kind',
      cell: ({ kind, managed, scram }) => (
        <span className="row">
          {kinds[kind]}
          {scram === true && <Badge>SCRAM</Badge>}
          {managed && <Badge>from the file</Badge>}
        </span>
      ),
    },
    {
      id: 'name',
      title: 'Name',
      cell: ({ username, commonName, fingerprint }) => (
        <code className="break">{username ?? commonName ?? fingerprint ?? '–'}</code>
      ),
    },
    { id: 'made', title: 'Made', cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
    {
      id: 'rotated',
      title: 'Replaced',
      cell: ({ rotatedAt }) => (rotatedAt === undefined ? 'never' : <RelativeTime at={rotatedAt} />),
    },
    {
      id: 'actions',
      title: <span className="hidden-visually">Actions</span>,
      cell: (credential) => {
        const why = lacks ?? (credential.managed ? declared : undefined)
        const noSecret = credential.kind === 'certificate' ? 'A certificate has no secret here.' : undefined
        return (
          <span className="row">
            <Button size="small" lacks={why ?? noSecret} onClick={() => open({ kind: 'rotate', credential })}>
              Replace
            </Button>
            <IconButton
              size="small"
              kind="quiet"
              icon="trash"
              label="Revoke"
              lacks={why}
              onClick={() => open({ kind: 'revoke', credential })}
            />
          </span>
        )
      },
    },
  ]
}
