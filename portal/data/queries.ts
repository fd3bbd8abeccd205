// What the hub has answered, kept for as long as it is shown, and asked again when it may have changed.
import { QueryClient, useQuery, type UseQueryOptions } from '@tanstack/react-query'
import { callWith, type AnswerOf, type Given, type OperationId } from './client.ts'
import { ApiError } from './problem.ts'

const triesMax = 2

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: 'always',
      staleTime: 5_000,
      refetchOnWindowFocus: true,
      retry: (tries, error) => tries < triesMax && !(error instanceof ApiError && isFinal(error)),
    },
    mutations: { networkMode: 'always' },
  },
})

/** Asking again gives the same. */
function isFinal({ problem: { status } }: ApiError): boolean {
  return status >= 400 && status < 500 && status !== 429
}

type Options<I extends OperationId> = Pick<
  UseQueryOptions<AnswerOf<I>>,
  'enabled' | 'refetchInterval' | 'staleTime' | 'placeholderData' | 'gcTime'
>

/** The key under which an answer is kept: to invalidate all answers of an operation, its name alone will do. */
export function queryKey(id: OperationId, given: { params?: unknown; query?: unknown } = {}): unknown[] {
  return [id, given.params ?? {}, given.query ?? {}]
}

interface Asked {
  data: unknown
  isFetching: boolean
  /** `data` is of another question. */
  isPlaceholderData: boolean
  refetch: () => Promise<unknown>
}

/** Asks once more, because something has happened. A first answer that is on its way may be from before that, and
 *  asking while it is would only wait for it. */
export async function askAgain(query: Asked): Promise<void> {
  const isFirst = query.isFetching && (query.data === undefined || query.isPlaceholderData)
  await query.refetch()
  if (isFirst) await query.refetch()
}

/** An operation that reads, as a hook. Arguments as those of `call`. */
export function useOperation<I extends OperationId>(id: I, given: Given<I>, options: Options<I> = {}) {
  return useQuery<AnswerOf<I>>({
    queryKey: queryKey(id, given),
    queryFn: ({ signal }) => callWith(id, { ...given, signal } as Given<I>),
    ...options,
  })
}
