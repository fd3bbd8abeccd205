// What a device may do, and the end of its data.
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../data/client.ts'
import { useOperation } from '../../data/queries.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmByName } from '../../ui/confirm-by-name.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { count } from '../../ui/format.ts'
import { Skeleton } from '../../ui/skeleton.tsx'
import { useToast } from '../../ui/toast.tsx'
import { RightsForm } from './rights-form.tsx'

export function SettingsTab({ device, lacks }: { device: string; lacks: string | undefined }) {
  const rights = useOperation('getRights', { params: { device } })
  return (
    <div className="stack-l">
      <section className="panel stack" aria-label="Rights">
        <h2>Rights</h2>
        {rights.error !== null && <ErrorState error={rights.error} onRetry={() => void rights.refetch()} />}
        {rights.isPending && <Skeleton label="The rights" />}
        {rights.data !== undefined && <RightsForm device={device} rights={rights.data} lacks={lacks} />}
      </section>
      <DeleteData device={device} lacks={lacks} />
    </div>
  )
}

function DeleteData({ device, lacks }: { device: string; lacks: string | undefined }) {
  const [isAsking, setAsking] = useState(false)
  const queries = useQueryClient()
  const say = useToast()
  const remove = async () => {
    const { deleted } = await call('deleteSeries', { params: { device } })
    say(`${count(deleted)} readings of ${device} are deleted.`)
    await queries.invalidateQueries()
  }
  return (
    <section className="panel stack-s" aria-label="Delete data">
      <h2>Delete data</h2>
      <p className="soft">
        Deletes all readings of this device, for good. The device itself and its credentials stay. To delete a
        part, use the API with keys and a range.
      </p>
      <div>
        <Button kind="danger" icon="trash" lacks={lacks} onClick={() => setAsking(true)}>
          Delete all readings
        </Button>
      </div>
      {isAsking && (
        <ConfirmByName
          title="Delete all readings?"
          name={device}
          noun="device"
          action="Delete"
          onConfirm={remove}
          onClose={() => setAsking(false)}
        >
          All readings of this device are deleted at once and can’t be brought back. An export before is the
          only copy.
        </ConfirmByName>
      )}
    </section>
  )
}
