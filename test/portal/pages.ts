// Every page of the portal, for the tests that look at all of them and for the pictures: a new page is a row.

export interface PageRow {
  /** Names the picture. */
  name: string
  path: string
  /** Accessible name of the heading that shows that the page is there. */
  heading: string | RegExp
}

const device = { path: '/devices/greenhouse-1', heading: 'greenhouse-1' }

export const pageRows: readonly PageRow[] = [
  { name: 'devices', path: '/devices', heading: 'Devices' },
  { name: 'device', ...device },
  { name: 'device-table', ...device, path: `${device.path}?view=table` },
  { name: 'device-delivery', ...device, path: `${device.path}?tab=delivery` },
  { name: 'device-credentials', ...device, path: `${device.path}?tab=credentials` },
  { name: 'device-settings', ...device, path: `${device.path}?tab=settings` },
]
