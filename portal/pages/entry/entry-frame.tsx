// The frame of the pages before the portal: one question in the middle, the promise below it.
import { useEffect, type ReactNode } from 'react'
import './entry.css'

interface EntryFrameProps {
  title: string
  about?: ReactNode
  children: ReactNode
}

export function EntryFrame({ title, about, children }: EntryFrameProps) {
  useEffect(() => {
    document.title = title === 'Ackstone' ? title : `${title} · Ackstone`
  }, [title])
  return (
    <div className="entry">
      <main className="entry-card">
        <p className="entry-mark">
          <img src="/favicon.svg" alt="" width={28} height={28} />
          <span>Ackstone</span>
        </p>
        <div className="stack-s">
          <h1>{title}</h1>
          {about !== undefined && <p className="soft">{about}</p>}
        </div>
        {children}
      </main>
      <footer className="entry-foot">An acknowledgement means the reading is stored.</footer>
    </div>
  )
}
