// The text format of Prometheus: families of samples, each with its help and its kind.

export type Sample = [labels: Record<string, string>, value: number]

/** A value that goes up and down. */
export function gauge(name: string, help: string, samples: readonly Sample[]): string {
  return family('gauge', name, help, samples)
}

/** A value that only grows, from 0 at the start of what it counts. */
export function counter(name: string, help: string, samples: readonly Sample[]): string {
  return family('counter', name, help, samples)
}

function family(type: string, name: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => `${name}${labelText(labels)} ${value}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function labelText(labels: Record<string, string>): string {
  const texts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return texts.length === 0 ? '' : `{${texts.join(',')}}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
