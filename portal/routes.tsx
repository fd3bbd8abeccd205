// The pages of the portal, each in a file that is fetched when somebody goes there. A new page is a row here.
import { lazy, type ComponentType } from 'react'
import { useIntegrationName, useScriptName } from './data/names.ts'
import { sectionTitles } from './pages/settings/section-titles.ts'
import type { IconName } from './ui/icon.tsx'

export interface Page {
  /** As wouter writes it: `/devices/:device`. */
  path: string
  title: string
  component: ComponentType
  /** Its place in the rail, in the order of this list; `key` follows `g`. */
  rail?: { icon: IconName; key: string }
  /** Path of the page above, for the breadcrumb. */
  parent?: string
  /** What the last part of the address is called, where people know it by another name: a hook. */
  useName?: (part: string) => string
}

/** `page(() => import('./pages/x.tsx'), 'XPage')`: the component of that name, once it is needed. */
function page<K extends string>(load: () => Promise<Record<K, ComponentType>>, name: K): ComponentType {
  return lazy(async () => ({ default: (await load())[name] as ComponentType }))
}

export const pages: readonly Page[] = [
  {
    path: '/',
    title: 'Overview',
    component: page(() => import('./pages/overview/overview-page.tsx'), 'OverviewPage'),
    rail: { icon: 'overview', key: 'o' },
  },
  {
    path: '/devices',
    title: 'Devices',
    component: page(() => import('./pages/devices/devices-page.tsx'), 'DevicesPage'),
    rail: { icon: 'device', key: 'd' },
  },
  {
    path: '/devices/:device',
    title: 'Device',
    component: page(() => import('./pages/device/device-page.tsx'), 'DevicePage'),
    parent: '/devices',
  },
  {
    path: '/integrations',
    title: 'Integrations',
    component: page(() => import('./pages/integrations/integrations-page.tsx'), 'IntegrationsPage'),
    rail: { icon: 'integration', key: 'i' },
  },
  {
    path: '/integrations/new',
    title: 'Set up an integration',
    component: page(() => import('./pages/setup/setup-page.tsx'), 'SetupPage'),
    parent: '/integrations',
  },
  {
    path: '/integrations/:id',
    title: 'Integration',
    component: page(() => import('./pages/integrations/integration-page.tsx'), 'IntegrationPage'),
    parent: '/integrations',
    useName: useIntegrationName,
  },
  {
    path: '/traffic',
    title: 'Live traffic',
    component: page(() => import('./pages/traffic/traffic-page.tsx'), 'TrafficPage'),
    rail: { icon: 'traffic', key: 't' },
  },
  {
    path: '/rejected',
    title: 'Rejected messages',
    component: page(() => import('./pages/rejected/rejected-page.tsx'), 'RejectedPage'),
    parent: '/traffic',
  },
  {
    path: '/delivery',
    title: 'Delivery',
    component: page(() => import('./pages/delivery/delivery-page.tsx'), 'DeliveryPage'),
    parent: '/',
  },
  {
    path: '/advisor',
    title: 'QoS Advisor',
    component: page(() => import('./pages/advisor/advisor-page.tsx'), 'AdvisorPage'),
    rail: { icon: 'advisor', key: 'q' },
  },
  {
    path: '/data',
    title: 'Data',
    component: page(() => import('./pages/data/data-page.tsx'), 'DataPage'),
    rail: { icon: 'data', key: 'x' },
  },
  {
    path: '/scripts',
    title: 'Scripts',
    component: page(() => import('./pages/scripts/scripts-page.tsx'), 'ScriptsPage'),
    parent: '/integrations',
  },
  {
    path: '/scripts/new',
    title: 'Write a script',
    component: page(() => import('./pages/scripts/script-page.tsx'), 'ScriptPage'),
    parent: '/scripts',
  },
  {
    path: '/scripts/:id',
    title: 'Script',
    component: page(() => import('./pages/scripts/script-page.tsx'), 'ScriptPage'),
    parent: '/scripts',
    useName: useScriptName,
  },
  {
    path: '/settings',
    title: 'Settings',
    component: page(() => import('./pages/settings/settings-page.tsx'), 'SettingsPage'),
    rail: { icon: 'settings', key: 's' },
  },
  {
    path: '/settings/:section',
    title: 'Settings',
    component: page(() => import('./pages/settings/settings-page.tsx'), 'SettingsPage'),
    parent: '/settings',
    useName: (section) => sectionTitles[section] ?? section,
  },
  {
    path: '/welcome',
    title: 'Welcome',
    component: page(() => import('./pages/first-reading/welcome-page.tsx'), 'WelcomePage'),
  },
  {
    path: '/connect',
    title: 'Connect a device',
    component: page(() => import('./pages/first-reading/connect-page.tsx'), 'ConnectPage'),
    parent: '/devices',
  },
  {
    path: '/profile',
    title: 'Your profile',
    component: page(() => import('./pages/profile/profile-page.tsx'), 'ProfilePage'),
  },
]

/** Where one lands. */
export const homePath: string = '/'
