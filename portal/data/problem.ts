// What went wrong, as the hub says it: a code, what happened, what to do. Everything that fails in the portal
// becomes one of these, so that one component can show it.

/** RFC 9457, as the API answers it. */
export interface Problem {
  title: string
  status: number
  code: string
  detail: string
  hint: string
  errors?: readonly { pointer: string; detail: string }[]
  requestId?: string
}

export class ApiError extends Error {
  readonly problem: Problem
  constructor(problem: Problem, cause?: unknown) {
    super(problem.detail, { cause })
    this.name = 'ApiError'
    this.problem = problem
  }
}

export function unreachable(cause: unknown): ApiError {
  const problem = {
    title: 'The hub does not answer',
    status: 0,
    code: 'UNREACHABLE',
    detail: 'The browser got no answer from the hub: it is stopped, restarting, or the network is down.',
    hint: 'The portal keeps trying. If this lasts, look at the terminal or the log of the hub.',
  }
  return new ApiError(problem, cause)
}

export async function problemFrom(response: Response): Promise<ApiError> {
  const text = await response.text()
  try {
    const problem = JSON.parse(text) as Partial<Problem>
    if (typeof problem.code === 'string' && typeof problem.detail === 'string') {
      return new ApiError({ title: problem.code, hint: '', status: response.status, ...problem } as Problem)
    }
  } catch (error) {
    return new ApiError(foreign(response), error)
  }
  return new ApiError(foreign(response))
}

/** An answer that is none of the hub's: a proxy in between, most of the time. */
function foreign(response: Response): Problem {
  return {
    title: 'An answer that is not the hub’s',
    status: response.status,
    code: 'ANSWER_UNREADABLE',
    detail: `The answer has the status ${response.status} and is not in the form that the hub uses.`,
    hint: 'A proxy between this browser and the hub may have answered in its place.',
  }
}

/** Any thrown thing as a problem. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem
  const detail = error instanceof Error ? error.message : String(error)
  return {
    title: 'The portal made a mistake',
    status: 0,
    code: 'PORTAL_ERROR',
    detail: detail === '' ? 'Something unexpected happened in this page.' : detail,
    hint: 'Reload the page. If it happens again, please report it with what you did.',
  }
}

/** The sentence about one field of what was sent; undefined when it is in order. */
export function fieldError(error: unknown, pointer: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined
  return error.problem.errors?.find((each) => each.pointer === pointer)?.detail
}
