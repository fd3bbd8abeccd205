// Which column is what. The names of the columns suggest most of it.
import { Checkbox } from '../../ui/choice.tsx'
import { Field } from '../../ui/field.tsx'
import { Input } from '../../ui/input.tsx'
import { Select } from '../../ui/select.tsx'
import type { Head } from './file-rows.ts'
import { tsUnits, type Mapping, type TsUnit } from './rows.ts'

const unitNames: Record<TsUnit, string> = {
  ms: 'Milliseconds since 1970',
  s: 'Seconds since 1970',
  us: 'Microseconds since 1970',
  ns: 'Nanoseconds since 1970',
}
const units = tsUnits.map((value) => ({ value, label: unitNames[value] }))
const layouts = [
  { value: 'long', label: 'One value in each row' },
  { value: 'wide', label: 'One column for each key' },
] as const

interface MappingFormProps {
  head: Head
  onChange: (mapping: Mapping) => void
}

export function MappingForm({ head: { columns, mapping }, onChange }: MappingFormProps) {
  const change = (part: Partial<Mapping>) => onChange({ ...mapping, ...part })
  const isCsv = mapping.format === 'csv'
  const options = [{ value: '', label: '–' }, ...columns.map((column) => ({ value: column, label: column }))]
  const column = (
    label: string,
    name: 'deviceColumn' | 'tsColumn' | 'keyColumn' | 'valueColumn',
    hint?: string,
  ) => (
    <Field label={label} hint={hint}>
      {(control) => (
        <Select
          {...control}
          value={mapping[name]}
          options={options}
          onChange={(value) => change({ [name]: value })}
        />
      )}
    </Field>
  )
  return (
    <>
      <h2>What the file means</h2>
      {!isCsv && (
        <p className="soft">
          Each line is a JSON object with <code>device</code>, <code>ts</code>, and <code>values</code> or{' '}
          <code>key</code> and <code>value</code>.
        </p>
      )}
      <div className="columns">
        {isCsv && (
          <Field label="Layout">
            {(control) => (
              <Select
                {...control}
                value={mapping.layout}
                options={layouts}
                onChange={(layout) => change({ layout })}
              />
            )}
          </Field>
        )}
        {isCsv && column('Device', 'deviceColumn', 'The column that names the device.')}
        {mapping.deviceColumn === '' && (
          <Field label={isCsv ? 'Device of all rows' : 'Device of lines that name none'} isOptional={!isCsv}>
            {(control) => (
              <Input {...control} isMono value={mapping.device} onChange={(device) => change({ device })} />
            )}
          </Field>
        )}
        {isCsv && column('Time', 'tsColumn')}
        <Field label="Unit of numbers" hint="Times written as 2026-11-24T16:00:00Z are read as such.">
          {(control) => (
            <Select
              {...control}
              value={mapping.tsUnit}
              options={units}
              onChange={(tsUnit) => change({ tsUnit })}
            />
          )}
        </Field>
        {isCsv && mapping.layout === 'long' && column('Key', 'keyColumn')}
        {isCsv && mapping.layout === 'long' && column('Value', 'valueColumn')}
      </div>
      {isCsv && mapping.layout === 'wide' && (
        <fieldset className="stack-s">
          <legend className="field-label">Columns with values</legend>
          <div className="columns">
            {columns
              .filter((each) => each !== mapping.tsColumn && each !== mapping.deviceColumn)
              .map((key) => (
                <Checkbox
                  key={key}
                  label={<code className="break">{key}</code>}
                  isChecked={mapping.keys.includes(key)}
                  onChange={(isChecked) =>
                    change({
                      keys: isChecked ? [...mapping.keys, key] : mapping.keys.filter((each) => each !== key),
                    })
                  }
                />
              ))}
          </div>
        </fieldset>
      )}
    </>
  )
}
