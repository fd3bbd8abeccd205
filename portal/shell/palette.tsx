// One field to go anywhere: pages at once, devices and integrations as they are found.
import { useQuery } from '@tanstack/react-query'
import { useDeferredValue, useId, useState, type KeyboardEvent } from 'react'
import { useLocation } from 'wouter'
import { call } from '../data/client.ts'
import { pages } from '../routes.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Icon, type IconName } from '../ui/icon.tsx'

const foundMax = 8

interface Target {
  group: 'Pages' | 'Devices' | 'Integrations'
  name: string
  path: string
  icon: IconName
}

export function PaletteButton({ onOpen }: { onOpen: () => void }) {
  return (
    <Button className="palette-button" icon="search" onClick={onOpen}>
      <span>Go to…</span>
      <kbd>Ctrl K</kbd>
    </Button>
  )
}

export function Palette({ onClose }: { onClose: () => void }) {
  const id = useId()
  const [text, setText] = useState('')
  const [active, setActive] = useState(0)
  const [, navigate] = useLocation()
  const targets = useTargets(text.trim())
  const at = Math.min(active, targets.length - 1)
  const go = (target: Target | undefined) => {
    if (target === undefined) return
    onClose()
    navigate(target.path)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setActive(Math.min(at + 1, targets.length - 1))
    else if (event.key === 'ArrowUp') setActive(Math.max(at - 1, 0))
    else if (event.key === 'Enter') go(targets[at])
    else return
    event.preventDefault()
  }
  return (
    <Dialog title="Go to" onClose={onClose}>
      <div className="palette">
        <input
          className="input"
          role="combobox"
          aria-label="Page, device or integration"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={targets.length === 0 ? undefined : `${id}-${at}`}
          placeholder="Page, device or integration"
          autoComplete="off"
          spellCheck={false}
          value={text}
          autoFocus
          onKeyDown={onKeyDown}
          onChange={(event) => {
            setText(event.target.value)
            setActive(0)
          }}
        />
        <div id={`${id}-list`} className="palette-list" role="listbox" aria-label="Found">
          {targets.map((target, index) => (
            <div
              key={target.path}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === at}
              className="palette-item"
              tabIndex={-1}
              onMouseMove={() => setActive(index)}
              onClick={() => go(target)}
              onKeyDown={onKeyDown}
            >
              <Icon name={target.icon} />
              <span>{target.name}</span>
              <span className="soft small">{target.group}</span>
            </div>
          ))}
        </div>
        {targets.length === 0 && <p className="soft">Nothing is called like that.</p>}
      </div>
    </Dialog>
  )
}

function useTargets(text: string): Target[] {
  const search = useDeferredValue(text)
  const devices = useQuery({
    queryKey: ['listDevices', 'palette', search],
    queryFn: ({ signal }) => call('listDevices', { query: { search, limit: foundMax }, signal }),
    placeholderData: (before) => before,
  })
  const integrations = useQuery({ queryKey: ['listIntegrations'], queryFn: () => call('listIntegrations') })
  const isLike = (name: string) => name.toLowerCase().includes(text.toLowerCase())
  return [
    ...pages
      .filter(({ path, title }) => !path.includes(':') && isLike(title))
      .map(({ title, path, rail }): Target => ({
        group: 'Pages',
        name: title,
        path,
        icon: rail?.icon ?? 'right',
      })),
    ...(devices.data?.items ?? [])
      .filter((device) => device.id.includes(text))
      .map(({ id }): Target => {
        return { group: 'Devices', name: id, path: `/devices/${encodeURIComponent(id)}`, icon: 'device' }
      }),
    ...(integrations.data?.items ?? [])
      .filter(({ name }) => isLike(name))
      .slice(0, foundMax)
      .map(({ id, name }): Target => {
        return {
          group: 'Integrations',
          name,
          path: `/integrations/${encodeURIComponent(id)}`,
          icon: 'integration',
        }
      }),
  ]
}
