// Commands to a device: sending one, and what became of those before it.
import { useQuery } from '@tanstack/react-query'
import { useChange } from '../../data/change.ts'
import { call, type AnswerOf } from '../../data/client.ts'
import { useLive, useStreamOpened } from '../../data/live.ts'
import { askAgain } from '../../data/queries.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { State, type StateName } from '../../ui/state.tsx'
import { Table } from '../../ui/table.tsx'
import { Definition } from '../../ui/tooltip.tsx'
import { useToast } from '../../ui/toast.tsx'
import { SendCommand } from './send-command.tsx'

type Command = AnswerOf<'getCommand'>

/** The event stream tells of changes; this is for those that it could not tell. */
const refreshMs = 30_000
const shownMax = 50

interface CommandsTabProps {
  device: string
  lacks: string | undefined
}

export function CommandsTab({ device, lacks }: CommandsTabProps) {
  const commands = useQuery({
    queryKey: ['listCommands', device],
    queryFn: ({ signal }) => call('listCommands', { params: { device }, query: { limit: shownMax }, signal }),
    refetchInterval: refreshMs,
  })
  useLive(
    'commands',
    (events) => {
      const isOfDevice = events.some(({ commands: changed }) =>
        changed.some((each) => each.device === device),
      )
      if (isOfDevice) void askAgain(commands)
    },
    { device },
  )
  useStreamOpened(() => void askAgain(commands))
  return (
    <div className="stack-l">
      <SendCommand device={device} lacks={lacks} />
      {commands.isPending && <Skeleton label="Commands" />}
      {commands.error !== null && (
        <ErrorState error={commands.error} onRetry={() => void commands.refetch()} />
      )}
      {commands.data?.items.length === 0 && (
        <EmptyState icon="send" title="No command has been sent to this device">
          A command waits until the device is connected and has subscribed to its topic, or until it expires.
        </EmptyState>
      )}
      {commands.data !== undefined && commands.data.items.length > 0 && (
        <CommandTable device={device} items={commands.data.items} lacks={lacks} />
      )}
    </div>
  )
}

const looks: Readonly<Record<Command['state'], StateName>> = {
  queued: 'waiting',
  sent: 'waiting',
  delivered: 'connected',
  answered: 'stored',
  expired: 'lost',
  failed: 'error',
  cancelled: 'notWanted',
}

const statesMeaning =
  'Queued: the device has not taken it yet. Delivered: the device acknowledged it, or the broker that a bridge is ' +
  'attached to did. Answered: the device also said what came of it.'

interface CommandTableProps extends CommandsTabProps {
  items: readonly Command[]
}

function CommandTable({ device, items, lacks }: CommandTableProps) {
  const say = useToast()
  const { error, run } = useChange('listCommands')
  const cancel = (command: Command) =>
    run(async () => {
      await call('cancelCommand', { params: { device, id: command.id } })
      say(`“${command.command}” is called off.`)
    })
  return (
    <div className="stack">
      {error !== undefined && <ErrorState error={error} />}
      <Table
        caption="Commands, the newest first"
        rows={items}
        keyOf={({ id }) => id}
        columns={[
          {
            id: 'command',
            title: 'Command',
            cell: ({ command }) => <code className="break">{command}</code>,
          },
          { id: 'at', title: 'Sent off', cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
          { id: 'qos', title: 'QoS', isNumber: true, cell: ({ qos }) => qos },
          {
            id: 'state',
            title: <Definition of={statesMeaning}>State</Definition>,
            cell: ({ state, reason }) => (
              <span className="row">
                <State of={looks[state]}>{state}</State>
                {reason !== null && <span className="soft">{reason}</span>}
              </span>
            ),
          },
          {
            id: 'answer',
            title: 'Answer',
            cell: ({ answer }) => (answer === null ? '–' : <code className="break">{answer}</code>),
          },
          {
            id: 'cancel',
            title: <span className="hidden-visually">Call off</span>,
            cell: (command) =>
              command.state === 'queued' && (
                <Button size="small" lacks={lacks} onClick={() => void cancel(command)}>
                  Call off
                </Button>
              ),
          },
        ]}
      />
    </div>
  )
}
