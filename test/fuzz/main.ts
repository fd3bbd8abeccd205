// `npm run fuzz -- --minutes N --seed S`: the fuzzer by hand or by night, with its figures.
import { parseArgs } from 'node:util'
import { fuzz, growthBytesMax } from './fuzz.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    packets: { type: 'string', default: 'Infinity' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
  },
})
const seed = Number(values.seed)
console.log(`seed ${seed}`)
const result = await fuzz({
  seed,
  packets: Number(values.packets),
  ms: Number(values.minutes) * 60_000,
  onProgress: (packets) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${packets} packets`)
  },
})
const { p50, p99, max } = result.neighbourMs
const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`
const { warm, end } = result.heapBytes
const rate = Math.round(result.packets / result.seconds)
console.log(
  `${result.packets} packets in ${result.sessions} sessions, ${result.seconds.toFixed(1)} s, ${rate}/s`,
)
console.log(`honest neighbour: p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, max ${max.toFixed(1)} ms`)
console.log(`heap: ${mib(warm)} when warm, ${mib(end)} at the end`)
const isGrowing = end - warm > growthBytesMax
if (isGrowing) console.log('The heap grows.')
process.exitCode = isGrowing ? 1 : 0
