// One device: what it measures, how well it gets through, what it logs in with.
import { useState } from 'react'
import { useParams } from 'wouter'
import { useAddressState } from '../../data/address.ts'
import { useLacks } from '../../data/session.ts'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/code-block.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Tabs, type Tab } from '../../ui/tabs.tsx'
import { CommandsTab } from './commands-tab.tsx'
import { CredentialsTab } from './credentials-tab.tsx'
import { DataTab } from './data-tab.tsx'
import { DeliveryTab } from './delivery-tab.tsx'
import { ExportDialog } from './export-dialog.tsx'
import { DeviceState } from './device-state.tsx'
import { MessagesTab } from './messages-tab.tsx'
import { SettingsTab } from './settings-tab.tsx'

type TabId = 'data' | 'delivery' | 'messages' | 'commands' | 'credentials' | 'settings'

const tabs: readonly Tab<TabId>[] = [
  { id: 'data', label: 'Data' },
  { id: 'delivery', label: 'Delivery' },
  { id: 'messages', label: 'Messages' },
  { id: 'commands', label: 'Commands' },
  { id: 'credentials', label: 'Credentials' },
  { id: 'settings', label: 'Settings' },
]

export function DevicePage() {
  const { device } = useParams<{ device: string }>()
  const [tab, setTab] = useAddressState('tab', 'data', 'push')
  const [isExporting, setExporting] = useState(false)
  const chosen = tabs.find(({ id }) => id === tab)?.id ?? 'data'
  return (
    <>
      <PageHeader
        title={device}
        badge={<CopyButton text={device} label="Copy the identifier" />}
        about={<DeviceState device={device} />}
        actions={
          <Button icon="download" onClick={() => setExporting(true)}>
            Export
          </Button>
        }
      />
      <Tabs label="Device" tabs={tabs} chosen={chosen} onChoose={setTab}>
        <Panel key={device} device={device} tab={chosen} />
      </Tabs>
      {isExporting && <ExportDialog device={device} onClose={() => setExporting(false)} />}
    </>
  )
}

function Panel({ device, tab }: { device: string; tab: TabId }) {
  const lacks = useLacks('operator')
  switch (tab) {
    case 'data':
      return <DataTab device={device} />
    case 'delivery':
      return <DeliveryTab device={device} />
    case 'messages':
      return <MessagesTab device={device} />
    case 'commands':
      return <CommandsTab device={device} lacks={lacks} />
    case 'credentials':
      return <CredentialsTab device={device} lacks={lacks} />
    case 'settings':
      return <SettingsTab device={device} lacks={lacks} />
  }
}
