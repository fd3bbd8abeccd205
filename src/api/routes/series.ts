// Series over HTTP: read in columns or as CSV, streamed as they come from the store, and deleted.
import { Readable } from 'node:stream'
import { AckstoneError } from '../../errors.ts'
import { chooseType } from '../accept.ts'
import { operations } from '../contract.ts'
import { csvRows } from '../csv.ts'
import type { ApiParts } from '../parts.ts'
import { ndjsonRows } from '../ndjson.ts'
import type { Register } from '../route.ts'
import { seriesJson } from '../series-json.ts'
import { chunksOf, parseKeys, parseRange, parseSeriesQuery, type SeriesRequest } from '../series-query.ts'
import { rowsText } from '../series-rows.ts'
import { namesMax } from '../shapes.ts'
import { Turns } from '../turns.ts'
import type { Waits } from '../waits.ts'

/** Queries that run at a time, and that wait; each holds what series-json.ts says. */
const runningMax = 8
const waitingMax = 256
const pieceLengthMin = 32 * 1024
const ndjsonType = 'application/x-ndjson'

export function seriesRoutes(register: Register, parts: ApiParts, waits: Waits): void {
  const { store } = parts
  const turns = new Turns(runningMax, waitingMax)

  register(operations.series, async ({ params, query, request, reply }) => {
    const type = chooseType(request.headers.accept, ['application/json', 'text/csv', ndjsonType])
    const asked = await parseSeriesQuery(params.device, query, store)
    await turns.take()
    const pieces = withTurn(turns, seriesPieces(parts, asked, type))
    // The first piece is read before the answer begins, so that what fails early still gets its status.
    const first = await pieces.next()
    const body = streamOf(first, pieces)
    if (reply.raw.destroyed) body.destroy()
    else reply.raw.once('close', () => body.destroy())
    return reply.type(type === 'text/csv' ? 'text/csv; charset=utf-8; header=present' : type).send(body)
  })

  register(operations.deleteSeries, async ({ params, query }) => {
    const { startTs, endTs } = parseRange(query)
    const keys = parseKeys(query.keys)
    return { deleted: await waits.until(store.deleteSeries(params.device, keys, startTs, endTs)) }
  })
}

async function* seriesPieces(parts: ApiParts, asked: SeriesRequest, type: string): AsyncGenerator<string> {
  const chunks = await chunksOf(parts, asked)
  if (type === 'application/json') {
    yield* seriesJson(asked, chunks)
    return
  }
  if (asked.keys.length > namesMax) {
    const count = asked.keys.length
    const detail = `The device has ${count} keys; rows have ${namesMax} side by side at most, so name them.`
    throw new AckstoneError('QUERY_INVALID', {}, undefined, [{ pointer: '/keys', detail }])
  }
  const columns = asked.keys.map((key) => ({ key, chunks: chunks(key) }))
  const form = type === ndjsonType ? ndjsonRows() : csvRows
  yield* rowsText(form, columns, asked.order, asked.limit)
}

async function* withTurn(turns: Turns, pieces: AsyncGenerator<string>): AsyncGenerator<string> {
  try {
    yield* gathered(pieces)
  } finally {
    turns.giveBack()
  }
}

/** Joins small pieces, so that the first has data in it and the others are worth sending. */
async function* gathered(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let gathering = ''
  for await (const piece of pieces) {
    gathering += piece
    if (gathering.length < pieceLengthMin) continue
    yield gathering
    gathering = ''
  }
  yield gathering
}

/** A stream of the first piece and the rest. Ended early in whatever way, it ends `rest` too, which has
 *  begun already and so gives back what it holds. */
function streamOf(first: IteratorResult<string>, rest: AsyncGenerator<string>): Readable {
  let next: Promise<IteratorResult<string>> | undefined = Promise.resolve(first)
  return new Readable({
    read() {
      const piece = next ?? rest.next()
      next = undefined
      piece.then(
        ({ done, value }) => this.push(done === true ? null : value),
        (error) => this.destroy(error as Error),
      )
    },
    destroy(error, closed) {
      rest.return(undefined).then(
        () => closed(error),
        (failure) => closed(failure as Error),
      )
    },
  })
}
