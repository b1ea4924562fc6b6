import { remember, remembered } from './storage.ts'

/** Light, dark, or as the system says. Calls `changed` when other colours are on. */
export function watchTheme(changed: () => void): void {
  const choose = (theme: string): void => {
    document.documentElement.dataset['theme'] = theme
    changed()
  }
  const chosen = remembered('theme')
  for (const radio of document.querySelectorAll<HTMLInputElement>('input[name="theme"]')) {
    if (radio.value === chosen) radio.checked = true
    radio.addEventListener('change', () => {
      remember('theme', radio.value)
      choose(radio.value)
    })
  }
  if (chosen !== null) choose(chosen)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed)
}
