// Connecting a device, as a page of its own.
import { PageHeader } from '../../ui/page-header.tsx'
import { ConnectPanel } from './connect-panel.tsx'

export function ConnectPage() {
  return (
    <>
      <PageHeader
        title="Connect a device"
        about="Choose, copy the lines, run them on the device or here. The page says what the hub sees of it."
      />
      <ConnectPanel />
    </>
  )
}
