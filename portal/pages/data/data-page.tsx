// Data in and out as files.
import { useAddressState } from '../../data/address.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { Tabs, type Tab } from '../../ui/tabs.tsx'
import { ExportForm } from './export-form.tsx'
import { ImportForm } from './import-form.tsx'

type TabId = 'export' | 'import'
const tabs: readonly Tab<TabId>[] = [
  { id: 'export', label: 'Export' },
  { id: 'import', label: 'Import' },
]

export function DataPage() {
  const [tab, setTab] = useAddressState('tab', 'export', 'push')
  const chosen = tab === 'import' ? 'import' : 'export'
  return (
    <>
      <PageHeader
        title="Data"
        about="Readings as files: out of the hub, and into it. Both have the same form."
      />
      <Tabs label="Direction" tabs={tabs} chosen={chosen} onChoose={setTab}>
        {chosen === 'export' ? <ExportForm /> : <ImportForm />}
      </Tabs>
    </>
  )
}
