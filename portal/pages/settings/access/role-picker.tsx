// Which roles somebody gets: those there are, each with what it is for.
import { useOperation } from '../../../data/queries.ts'
import { Checkbox } from '../../../ui/choice.tsx'

interface RolePickerProps {
  chosen: readonly string[]
  onChange: (chosen: string[]) => void
}

export function RolePicker({ chosen, onChange }: RolePickerProps) {
  const roles = useOperation('listRoles', {})
  return (
    <fieldset className="stack-s">
      <legend className="field-label">Roles</legend>
      {roles.data?.items.map(({ name, description, publish, subscribe }) => (
        <Checkbox
          key={name}
          label={name}
          hint={
            description === '' ? [...publish, ...subscribe].slice(0, 3).join(', ') || undefined : description
          }
          isChecked={chosen.includes(name)}
          onChange={(isChecked) =>
            onChange(isChecked ? [...chosen, name] : chosen.filter((each) => each !== name))
          }
        />
      ))}
    </fieldset>
  )
}
