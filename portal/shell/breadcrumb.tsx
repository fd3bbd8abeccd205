// Where one is, from the pages' own rows: the page above, then this one; a device goes by its name.
import { Link, matchRoute, useLocation, useRouter } from 'wouter'
import { pages, type Page } from '../routes.tsx'
import { Icon } from '../ui/icon.tsx'

export function Breadcrumb() {
  const { parser } = useRouter()
  const [path] = useLocation()
  let here: { page: Page; name: string } | undefined
  for (const page of pages) {
    const [isHere, params] = matchRoute(parser, page.path, path)
    if (!isHere) continue
    const own = Object.values(params ?? {}).at(-1)
    here = { page, name: page.path.endsWith(page.title) || own === undefined ? page.title : own }
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
        <li aria-current="page">{here?.name ?? 'No such page'}</li>
      </ol>
    </nav>
  )
}
