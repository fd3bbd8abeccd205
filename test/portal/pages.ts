// Every page of the portal, for the tests that look at all of them and for the pictures: a new page is a row.

export interface PageRow {
  /** Names the picture. */
  name: string
  path: string
  /** Accessible name of the heading that shows that the page is there. */
  heading: string | RegExp
}

export const pageRows: readonly PageRow[] = [{ name: 'devices', path: '/devices', heading: 'Devices' }]
