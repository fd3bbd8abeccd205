// What the script was before: each version can be looked at, and taken back into the editor.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../data/client.ts'
import { Button } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Table } from '../../ui/table.tsx'
import type { Script, ScriptVersion } from './script-api.ts'

interface ScriptVersionsProps {
  script: Script
  onTake: (source: string) => void
}

export function ScriptVersions({ script, onTake }: ScriptVersionsProps) {
  const versions = useQuery({
    queryKey: ['script-versions', script.id],
    queryFn: ({ signal }) => call('scriptVersions', { params: { id: script.id }, signal }),
  })
  const [shown, setShown] = useState<ScriptVersion>()
  if (versions.error !== null)
    return <ErrorState error={versions.error} onRetry={() => void versions.refetch()} />
  return (
    <section className="stack-s" aria-label="Versions">
      <h2>Versions</h2>
      <Table
        caption="Versions of the script"
        rows={versions.data?.items ?? []}
        keyOf={({ version }) => String(version)}
        columns={[
          { id: 'version', title: 'Version', cell: ({ version }) => version },
          { id: 'at', title: 'Saved', cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
          { id: 'author', title: 'By', cell: ({ author }) => author ?? 'nobody who signed in' },
          {
            id: 'look',
            title: <span className="hidden-visually">Look</span>,
            cell: (version) => (
              <Button size="small" onClick={() => setShown(version)}>
                Look at version {version.version}
              </Button>
            ),
          },
        ]}
      />
      {shown !== undefined && (
        <Dialog title={`Version ${shown.version}`} isWide onClose={() => setShown(undefined)}>
          <CodeBlock label={`Source of version ${shown.version}`} text={shown.source} />
          <DialogActions>
            <Button onClick={() => setShown(undefined)}>Close</Button>
            <Button
              kind="primary"
              onClick={() => {
                onTake(shown.source)
                setShown(undefined)
              }}
            >
              Take it into the editor
            </Button>
          </DialogActions>
        </Dialog>
      )}
    </section>
  )
}
