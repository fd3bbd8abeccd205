// Settings: the sections at the side, the chosen one beside them. Which one it is stands in the address.
import type { ComponentType } from 'react'
import { Link, Redirect, useParams } from 'wouter'
import { useLacks } from '../../data/session.ts'
import { Callout } from '../../ui/callout.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Icon, type IconName } from '../../ui/icon.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { AboutSection } from './about-section.tsx'
import { AccessSection } from './access-section.tsx'
import { AppearanceSection } from './appearance-section.tsx'
import { AuditSection } from './audit-section.tsx'
import { GeneralSection } from './general-section.tsx'
import { KeysSection } from './keys-section.tsx'
import { LimitsSection } from './limits-section.tsx'
import { sectionTitles } from './section-titles.ts'
import { SecuritySection } from './security-section.tsx'
import './settings.css'
import { StorageSection } from './storage-section.tsx'
import { UsersSection } from './users-section.tsx'

interface Section {
  id: string
  icon: IconName
  about: string
  component: ComponentType
  /** Only administrators can see what is in it. */
  isForAdministrators?: true
}

const sections: readonly Section[] = [
  {
    id: 'general',
    icon: 'settings',
    about: 'Where devices and programs reach this hub.',
    component: GeneralSection,
  },
  {
    id: 'storage',
    icon: 'store',
    about: 'Where readings are kept, and what “stored” means here.',
    component: StorageSection,
  },
  {
    id: 'users',
    icon: 'user',
    about: 'People who sign in, and what they may do.',
    component: UsersSection,
    isForAdministrators: true,
  },
  {
    id: 'keys',
    icon: 'key',
    about: 'Programs that use the HTTP API, each with what it needs and no more.',
    component: KeysSection,
    isForAdministrators: true,
  },
  {
    id: 'security',
    icon: 'advisor',
    about: 'Certificates, who has to show who they are, and sessions.',
    component: SecuritySection,
  },
  {
    id: 'access',
    icon: 'link',
    about: 'Who may connect over MQTT besides devices with credentials of their own, and who is shut out.',
    component: AccessSection,
  },
  {
    id: 'limits',
    icon: 'chart',
    about: 'What may be there at a time, how big, and how often somebody has come to it.',
    component: LimitsSection,
  },
  {
    id: 'audit',
    icon: 'table',
    about: 'Who changed what, and from where. Entries are kept for 400 days, 10,000 at most.',
    component: AuditSection,
    isForAdministrators: true,
  },
  {
    id: 'appearance',
    icon: 'sun',
    about: 'How the portal looks in this browser.',
    component: AppearanceSection,
  },
  {
    id: 'about',
    icon: 'info',
    about: 'Which Ackstone this is, and a bundle to send along when something is wrong.',
    component: AboutSection,
  },
]

export function SettingsPage() {
  const { section: chosen } = useParams<{ section?: string }>()
  const section = sections.find(({ id }) => id === chosen)
  const lacks = useLacks('administrator')
  if (chosen === undefined) return <Redirect to={`/settings/${sections[0]!.id}`} replace />
  if (section === undefined) {
    return (
      <EmptyState icon="settings" title="There is no such section">
        All sections are listed in <Link href="/settings">Settings</Link>.
      </EmptyState>
    )
  }
  const { component: Shown, isForAdministrators = false } = section
  return (
    <div className="settings">
      <nav aria-label="Settings">
        <ul className="settings-list">
          {sections.map(({ id, icon }) => (
            <li key={id}>
              <Link
                href={`/settings/${id}`}
                className="settings-link"
                aria-current={id === chosen ? 'page' : undefined}
              >
                <Icon name={icon} />
                {sectionTitles[id]}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div className="settings-body">
        <PageHeader title={sectionTitles[section.id]} about={section.about} />
        {isForAdministrators && lacks !== undefined ? (
          <Callout kind="info" title="Only administrators see this.">
            {lacks}
          </Callout>
        ) : (
          <Shown />
        )}
      </div>
    </div>
  )
}
