// Who may connect over MQTT besides devices with credentials of their own: applications, roles, devices that nobody has
// entered, and who is shut out.
import { useAddressState } from '../../data/address.ts'
import { Tabs, type Tab } from '../../ui/tabs.tsx'
import { AccountList } from './access/account-list.tsx'
import { BanList } from './access/ban-list.tsx'
import { RoleList } from './access/role-list.tsx'
import { RuleList } from './access/rule-list.tsx'

const lists = { accounts: AccountList, roles: RoleList, rules: RuleList, bans: BanList }
type ListId = keyof typeof lists

const tabs: readonly Tab<ListId>[] = [
  { id: 'accounts', label: 'Applications' },
  { id: 'roles', label: 'Roles' },
  { id: 'rules', label: 'Provisioning' },
  { id: 'bans', label: 'Bans' },
]

export function AccessSection() {
  const [given, setChosen] = useAddressState('list', 'accounts', 'push')
  const chosen = tabs.find(({ id }) => id === given)?.id ?? 'accounts'
  const Shown = lists[chosen]
  return (
    <Tabs label="MQTT access" tabs={tabs} chosen={chosen} onChoose={setChosen}>
      <Shown />
    </Tabs>
  )
}
