// The main navigation: on the left, as symbols where there is less room, along the bottom on a telephone.
import { Link, useLocation } from 'wouter'
import { homePath, pages } from '../routes.tsx'
import { Icon } from '../ui/icon.tsx'

export function Rail() {
  const [path] = useLocation()
  return (
    <nav className="rail" aria-label="Main">
      <Link href={homePath} className="rail-mark">
        <img src="/favicon.svg" alt="" />
        <span>Ackstone</span>
      </Link>
      <ul className="rail-links">
        {pages.map((page) => {
          if (page.rail === undefined) return null
          const isHere = path === page.path || (page.path !== '/' && path.startsWith(`${page.path}/`))
          return (
            <li key={page.path}>
              <Link
                href={page.path}
                className="rail-link"
                aria-current={isHere ? 'page' : undefined}
                title={page.title}
              >
                <Icon name={page.rail.icon} />
                <span>{page.title}</span>
              </Link>
            </li>
          )
        })}
      </ul>
      <p className="rail-foot">An acknowledgement means the reading is stored.</p>
    </nav>
  )
}
