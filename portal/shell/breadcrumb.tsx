// Where one is, from the pages' own rows: the page above, then this one by the name that people know it by.
import { Link, matchRoute, useLocation, useRouter } from 'wouter'
import { pages, type Page } from '../routes.tsx'
import { Icon } from '../ui/icon.tsx'

export function Breadcrumb() {
  const { parser } = useRouter()
  const [path] = useLocation()
  let here: { page: Page; part: string | undefined } | undefined
  for (const page of pages) {
    const [isHere, params] = matchRoute(parser, page.path, path)
    if (!isHere) continue
    here = { page, part: Object.values(params ?? {}).at(-1) }
    break
  }
  const above = pages.find(({ path: each }) => each === here?.page.parent)
  return (
    <nav aria-label="Breadcrumb" className="crumbs">
      <ol className="crumbs">
        {above !== undefined && (
          <li>
            <Link href={above.path}>{above.title}</Link>
            <Icon name="right" size={12} />
          </li>
        )}
        <li aria-current="page">
          {here === undefined ? (
            'No such page'
          ) : (
            <Name key={here.page.path} page={here.page} part={here.part} />
          )}
        </li>
      </ol>
    </nav>
  )
}

function Name({ page: { title, useName }, part }: { page: Page; part: string | undefined }) {
  if (part === undefined) return title
  return useName === undefined ? part : <Known useName={useName} part={part} />
}

function Known({ useName, part }: { useName: NonNullable<Page['useName']>; part: string }) {
  return useName(part)
}
