// `ackstone delivery`: what became of the messages: received, acknowledged, stored, doubled, rejected, shed.
import type { Command } from 'commander'
import type { z } from 'zod'
import { operations } from '../api/contract.ts'
import type * as shape from '../api/shapes.ts'
import { Api, addApiOptions, type ApiOptions } from './api-client.ts'
import { defineCommand, onRun, type Cli } from './command.ts'
import { exitCode, usageFailure } from './exit-code.ts'
import { printFacts } from './table.ts'
import { printJson, type Terminal } from './terminal.ts'

type Delivery = z.output<typeof shape.delivery>

interface DeliveryOptions extends ApiOptions {
  device?: string
  integration?: string
}

export function addDelivery(cli: Cli, parent: Command): void {
  const command = defineCommand(parent, 'delivery', 'Print what happened to the messages.', [
    ['ackstone delivery', 'Of the whole hub since its first start.'],
    ['ackstone delivery --device d1 --json', 'Of one device, as JSON.'],
  ])
  addApiOptions(command)
    .option('--device <device>', 'of one device')
    .option('--integration <id>', 'of one integration')
  onRun<DeliveryOptions>(cli, command, (options) => printDelivery(cli.terminal, options))
}

async function printDelivery(terminal: Terminal, options: DeliveryOptions): Promise<number> {
  const delivery = await readDelivery(new Api(terminal, options), options)
  if (options.json === true) {
    await printJson(terminal, delivery)
    return exitCode.ok
  }
  const { received, duplicates, ackMs } = delivery
  await printFacts(terminal, [
    ['since', delivery.since],
    ['received', `${received.qos0} at QoS 0, ${received.qos1} at QoS 1, ${received.qos2} at QoS 2`],
    ['acknowledged', String(delivery.acknowledged)],
    ['readings stored', String(delivery.readingsStored)],
    ['sent again', String(duplicates.redelivered)],
    [
      'rows met again',
      `${duplicates.sameValue} with the same value, ${duplicates.overwritten} overwritten, ` +
        `${duplicates.ignored} ignored`,
    ],
    ['rejected', String(delivery.rejected)],
    ['shed at QoS 0', String(delivery.shed)],
    ['late', String(delivery.late)],
    ['answer after', `${showMs(ackMs.p50)} (median), ${showMs(ackMs.p99)} (99 of 100)`],
  ])
  return exitCode.ok
}

function readDelivery(api: Api, options: DeliveryOptions): Promise<Delivery> {
  const { device, integration } = options
  if (device !== undefined && integration !== undefined) {
    throw usageFailure(
      'The figures are of a device or of an integration.',
      'Give one of --device and --integration.',
    )
  }
  if (device !== undefined) return api.call(operations.deviceDelivery, { params: { device } })
  if (integration !== undefined)
    return api.call(operations.integrationDelivery, { params: { id: integration } })
  return api.call(operations.delivery)
}

function showMs(ms: number | null): string {
  return ms === null ? '–' : `${ms.toFixed(ms < 10 ? 2 : 0)} ms`
}
