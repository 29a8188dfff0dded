/** Light, dark, or what the system says. public/theme.js applies the choice before the first paint. */

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const KEY = 'hearth:theme'

export class ThemeChoice {
  value = $state<Theme>(stored())

  set(theme: Theme): void {
    this.value = theme
    if (theme === 'system') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = theme
    try {
      localStorage.setItem(KEY, theme)
    } catch {
      // Storage is refused here: the choice lasts as long as the tab.
    }
  }
}

function stored(): Theme {
  try {
    return themes.find((theme) => theme === localStorage.getItem(KEY)) ?? 'system'
  } catch {
    return 'system'
  }
}
