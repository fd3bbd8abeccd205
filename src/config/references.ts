// `${env:NAME}` and `${file:/path}` in the values of ackstone.yaml: secrets stay out of the file.

export const referencedFileBytesMax = 64 * 1024

/** What references may look at. */
export interface References {
  environment: Readonly<Record<string, string | undefined>>
  /** The text of a file. @throws the system's error when it can't be read. */
  readFile(path: string): string
}

/** Fills the references of one value. `$${` stands for `${` itself. */
export function fillReferences(text: string, from: References): { text: string; problems: string[] } {
  const problems: string[] = []
  const filled = text.replace(/\$\$\{|\$\{([^}]*)\}/g, (whole, reference: string | undefined) => {
    if (reference === undefined) return '${'
    const { value, problem } = look(reference, from)
    if (problem !== undefined) problems.push(problem)
    return value ?? whole
  })
  return { text: filled, problems }
}

function look(reference: string, from: References): { value?: string; problem?: string } {
  const colon = reference.indexOf(':')
  const [kind, name] =
    colon === -1 ? [reference, ''] : [reference.slice(0, colon), reference.slice(colon + 1)]
  if (kind === 'env' && name !== '') {
    const value = from.environment[name]
    if (value !== undefined) return { value }
    return { problem: `The environment variable ${name} that \${env:${name}} asks for is not set.` }
  }
  if (kind === 'file' && name !== '') return lookIntoFile(name, from)
  return {
    problem: `\${${reference}} is neither \${env:NAME} nor \${file:PATH}; write $\${ for the two characters.`,
  }
}

function lookIntoFile(path: string, from: References): { value?: string; problem?: string } {
  try {
    const text = from.readFile(path)
    if (text.length <= referencedFileBytesMax) return { value: text.replace(/\r?\n$/, '') }
    return { problem: `The file ${path} is larger than ${referencedFileBytesMax} bytes.` }
  } catch (error) {
    return {
      problem: `The file ${path} can’t be read: ${error instanceof Error ? error.message : String(error)}.`,
    }
  }
}
