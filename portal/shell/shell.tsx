// The frame around every page: rail, bar, the promise, and what keys do everywhere.
import { Suspense, useState } from 'react'
import { Redirect, Route, Switch, useLocation } from 'wouter'
import { homePath, pages } from '../routes.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { IconButton } from '../ui/button.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { Breadcrumb } from './breadcrumb.tsx'
import { ConnectionBanner } from './connection-banner.tsx'
import { Mishap } from './mishap.tsx'
import { Palette, PaletteButton } from './palette.tsx'
import { PromiseStrip } from './promise-strip.tsx'
import { Rail } from './rail.tsx'
import { ShortcutHelp, useShortcuts } from './shortcuts.tsx'
import { UserMenu } from './user-menu.tsx'
import './shell.css'

export function Shell() {
  const [open, setOpen] = useState<'palette' | 'help'>()
  const [path] = useLocation()
  useShortcuts({ openPalette: () => setOpen('palette'), openHelp: () => setOpen('help') })
  const close = () => setOpen(undefined)
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <Rail />
      <div>
        <header className="bar">
          <Breadcrumb />
          <PromiseStrip />
          <PaletteButton onOpen={() => setOpen('palette')} />
          <IconButton kind="quiet" icon="help" label="Keyboard shortcuts" onClick={() => setOpen('help')} />
          <UserMenu />
        </header>
        <ConnectionBanner />
        <main id="main" className="main" tabIndex={-1}>
          {/* A page that failed is tried anew when one goes elsewhere. */}
          <Mishap key={path}>
            <Suspense fallback={<Skeleton label="The page" />}>
              <Switch>
                {homePath !== '/' && <Route path="/" component={Home} />}
                {pages.map((page) => (
                  <Route key={page.path} path={page.path} component={page.component} />
                ))}
                <Route component={Nowhere} />
              </Switch>
            </Suspense>
          </Mishap>
        </main>
      </div>
      {open === 'palette' && <Palette onClose={close} />}
      {open === 'help' && <ShortcutHelp onClose={close} />}
    </div>
  )
}

function Home() {
  return <Redirect to={homePath} replace />
}

function Nowhere() {
  return (
    <EmptyState icon="search" title="There is no such page">
      The address may have been mistyped, or the page has moved. Everything there is can be reached from the
      rail, or with <kbd>Ctrl</kbd> <kbd>K</kbd>.
    </EmptyState>
  )
}
