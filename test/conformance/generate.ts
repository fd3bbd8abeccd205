// Writes docs/reference/conformance.md.
import { writeFileSync } from 'node:fs'
import { page, pagePath } from './page.ts'

writeFileSync(pagePath, page())
console.log(`${pagePath} is written.`)
