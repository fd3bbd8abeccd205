// Chooses between the media types an operation can answer with, by the request's Accept header.
import { AckstoneError } from '../errors.ts'

/** The offered type the client likes best; of equals the one offered first.
 *  @throws NOT_ACCEPTABLE when it wants none of them. */
export function chooseType(accept: string | undefined, offered: readonly string[]): string {
  if (accept === undefined || accept.trim() === '') return offered[0]
  const wishes = accept.split(',').map(parseWish)
  let best: string | undefined
  let bestQuality = 0
  for (const type of offered) {
    const quality = qualityOf(type, wishes)
    if (quality > bestQuality) {
      best = type
      bestQuality = quality
    }
  }
  if (best === undefined) throw new AckstoneError('NOT_ACCEPTABLE', { types: offered.join(' and ') })
  return best
}

interface Wish {
  range: string
  quality: number
}

function parseWish(text: string): Wish {
  const [range, ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const q = parameters.find((parameter) => parameter.startsWith('q='))
  const quality = q === undefined ? 1 : Number(q.slice(2))
  return { range, quality: quality >= 0 && quality <= 1 ? quality : 0 }
}

/** The most specific wish that fits the type decides. */
function qualityOf(type: string, wishes: readonly Wish[]): number {
  const [major] = type.split('/')
  for (const range of [type, `${major}/*`, '*/*']) {
    const wish = wishes.find((candidate) => candidate.range === range)
    if (wish !== undefined) return wish.quality
  }
  return 0
}
