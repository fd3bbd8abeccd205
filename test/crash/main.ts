// `npm run drill -- --rounds 100 --seed N`: the crash drill by hand, with its figures. With --scripted, a script
// reads the messages.
import { parseArgs } from 'node:util'
import { drill, faults, report } from './drill.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    connections: { type: 'string', default: '8' },
    scripted: { type: 'boolean', default: false },
  },
})
const options = {
  rounds: Number(values.rounds),
  seed: Number(values.seed),
  connections: Number(values.connections),
  isScripted: values.scripted,
  onRound: (round: number) => {
    if (process.stderr.isTTY) process.stderr.write(`\rround ${round} of ${values.rounds}`)
  },
}
console.log(`seed ${options.seed}`)
const result = await drill(options)
const found = faults(result)
console.log(`\n${report(result, options)}`)
console.log(found.length === 0 ? 'The promise held.' : `The promise was broken: ${found.join('; ')}.`)
process.exitCode = found.length === 0 ? 0 : 1
