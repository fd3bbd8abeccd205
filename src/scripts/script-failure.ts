// What can go wrong in a script, as its sandbox tells it.

export type ScriptFault = 'syntax' | 'thrown' | 'time' | 'memory' | 'stack' | 'output'

export interface Place {
  line: number
  column: number
}

export class ScriptFailure extends Error {
  override name = 'ScriptFailure'
  readonly fault: ScriptFault
  readonly details: Record<string, string | number>
  readonly place: Place | undefined

  constructor(fault: ScriptFault, details: Record<string, string | number>, place?: Place) {
    super(`${fault} ${JSON.stringify(details)}`)
    this.fault = fault
    this.details = details
    this.place = place
  }
}
