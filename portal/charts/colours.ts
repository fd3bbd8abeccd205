// The colours of the theme as a canvas needs them: worked out, not as variables.

const names = ['--text', '--text-soft', '--line', '--amber', '--violet', '--blue', '--sunken'] as const
export type ColourName = (typeof names)[number]

export const seriesMax = 6
/** Each series has a dash of its own beside its colour. */
export const dashes: readonly number[][] = [[], [6, 3], [2, 3], [10, 3, 2, 3], [4, 2], [12, 4]]

export interface Colours {
  of: (name: ColourName) => string
  series: (index: number) => string
}

/** Worked out where `element` stands, for the theme that is shown now. */
export function coloursAt(element: HTMLElement): Colours {
  const probe = document.createElement('span')
  probe.hidden = true
  element.append(probe)
  const worked = (variable: string): string => {
    probe.style.color = `var(${variable})`
    return getComputedStyle(probe).color
  }
  const own = new Map(names.map((name) => [name, worked(name)]))
  const series = Array.from({ length: seriesMax }, (_, index) => worked(`--series-${index + 1}`))
  probe.remove()
  return {
    of: (name) => own.get(name) ?? 'currentColor',
    series: (index) => series[index % seriesMax] ?? 'currentColor',
  }
}
