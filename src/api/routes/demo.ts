// Measured data to look at: begun and ended over HTTP.
import { operations } from '../contract.ts'
import type { ApiParts } from '../parts.ts'
import type { Register } from '../route.ts'

export function demoRoutes(register: Register, { demo }: Pick<ApiParts, 'demo'>): void {
  register(operations.demo, async () => shown(demo.state))

  register(operations.startDemo, async () => {
    demo.start()
    return shown(demo.state)
  })

  register(operations.stopDemo, async () => {
    await demo.stop()
    return shown(demo.state)
  })
}

function shown({ isRunning, ...counts }: ApiParts['demo']['state']) {
  return { running: isRunning, ...counts }
}
