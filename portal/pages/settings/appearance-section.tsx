// Light, dark, or as the system is. The choice stays in this browser.
import { chooseTheme, useTheme, type Theme } from '../../data/theme.ts'
import { RadioCards } from '../../ui/choice.tsx'

const cards: readonly { value: Theme; title: string; text: string }[] = [
  {
    value: 'system',
    title: 'As the system',
    text: 'Follows your device, also when it changes in the evening.',
  },
  { value: 'light', title: 'Light', text: 'Dark letters on a light ground.' },
  { value: 'dark', title: 'Dark', text: 'Light letters on a dark ground.' },
]

export function AppearanceSection() {
  return <RadioCards legend="Theme" value={useTheme()} cards={cards} onChange={chooseTheme} />
}
