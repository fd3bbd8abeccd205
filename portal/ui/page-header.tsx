// The head of a page: its title, a sentence about it, what can be done on it. The title is also the browser's, and
// takes the focus when one comes here from another page, so that a screen reader says where one is.
import { useEffect, useRef, type ReactNode } from 'react'
import './page-header.css'

interface PageHeaderProps {
  title: string
  /** Beside the title. */
  badge?: ReactNode
  about?: ReactNode
  actions?: ReactNode
}

/** Whether a page has been shown before: at the first one the focus stays where the browser put it. */
let isFirst = true

export function PageHeader({ title, badge, about, actions }: PageHeaderProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · Ackstone`
  }, [title])
  useEffect(() => {
    if (!isFirst) heading.current?.focus({ preventScroll: true })
    isFirst = false
  }, [])
  return (
    <header className="page-header">
      <div className="page-header-text">
        <div className="row">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {badge}
        </div>
        {about !== undefined && <div className="page-header-about">{about}</div>}
      </div>
      {actions !== undefined && <div className="row">{actions}</div>}
    </header>
  )
}
