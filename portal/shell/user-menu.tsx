// Who is signed in, the theme, and the way out.
import { useLocation } from 'wouter'
import { useSession, useSignOut } from '../data/session.ts'
import { chooseTheme, useTheme, type Theme } from '../data/theme.ts'
import type { IconName } from '../ui/icon.tsx'
import { Menu } from '../ui/menu.tsx'

const themes: readonly [theme: Theme, label: string, icon: IconName][] = [
  ['light', 'Light', 'sun'],
  ['dark', 'Dark', 'moon'],
  ['system', 'As the system', 'system'],
]

export function UserMenu() {
  const session = useSession()
  const theme = useTheme()
  const signOut = useSignOut()
  const [, navigate] = useLocation()
  return (
    <Menu
      label="Account and appearance"
      icon="user"
      kind="quiet"
      note={
        <>
          <strong>{session.name}</strong>
          <br />
          {session.role}
        </>
      }
      actions={[
        { label: 'Your profile', icon: 'user', onChoose: () => navigate('/profile') },
        undefined,
        ...themes.map(([value, label, icon]) => ({
          label,
          icon,
          isChosen: theme === value,
          onChoose: () => chooseTheme(value),
        })),
        undefined,
        {
          label: 'Sign out',
          icon: 'out',
          onChoose: () => void signOut(),
          lacks: session.kind === 'session' ? undefined : 'A token has no session that could end.',
        },
      ]}
    />
  )
}
