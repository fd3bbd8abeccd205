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
  { name: 'overview', path: '/', heading: 'Overview' },
  { name: 'traffic', path: '/traffic', heading: 'Live traffic' },
  { name: 'rejected', path: '/rejected', heading: 'Rejected messages' },
  { name: 'delivery', path: '/delivery', heading: 'Delivery' },
  { name: 'devices', path: '/devices', heading: 'Devices' },
  { name: 'device', ...device, path: `${device.path}?keys=temp&range=6h` },
  { name: 'device-keys', ...device },
  { name: 'device-table', ...device, path: `${device.path}?view=table` },
  { name: 'device-delivery', ...device, path: `${device.path}?tab=delivery` },
  { name: 'device-messages', ...device, path: `${device.path}?tab=messages` },
  { name: 'device-credentials', ...device, path: `${device.path}?tab=credentials` },
  { name: 'device-commands', ...device, path: `${device.path}?tab=commands` },
  { name: 'device-settings', ...device, path: `${device.path}?tab=settings` },
  { name: 'connect', path: '/connect', heading: 'Connect a device' },
  { name: 'welcome', path: '/welcome', heading: /^Welcome/ },
  { name: 'settings-general', path: '/settings/general', heading: 'General' },
  { name: 'settings-security', path: '/settings/security', heading: 'Security' },
  { name: 'settings-limits', path: '/settings/limits', heading: 'Limits' },
  { name: 'integrations', path: '/integrations', heading: 'Integrations' },
  { name: 'integration', path: '/integrations/device-api', heading: 'Device API' },
  { name: 'integration-commands', path: '/integrations/device-api?tab=commands', heading: 'Device API' },
  { name: 'setup', path: '/integrations/new', heading: 'Set up an integration' },
  { name: 'advisor', path: '/advisor', heading: 'QoS Advisor' },
  { name: 'scripts', path: '/scripts', heading: 'Scripts' },
  { name: 'script', path: '/scripts/new', heading: 'Write a script' },
  { name: 'data-export', path: '/data', heading: 'Data' },
  { name: 'data-import', path: '/data?tab=import', heading: 'Data' },
  { name: 'settings-storage', path: '/settings/storage', heading: 'Storage' },
  { name: 'settings-users', path: '/settings/users', heading: 'Users' },
  { name: 'settings-keys', path: '/settings/keys', heading: 'API keys' },
  { name: 'settings-access', path: '/settings/access', heading: 'MQTT access' },
  { name: 'settings-roles', path: '/settings/access?list=roles', heading: 'MQTT access' },
  { name: 'settings-audit', path: '/settings/audit', heading: 'Audit log' },
  { name: 'settings-appearance', path: '/settings/appearance', heading: 'Appearance' },
  { name: 'settings-about', path: '/settings/about', heading: 'About' },
  { name: 'profile', path: '/profile', heading: 'Your profile' },
]
