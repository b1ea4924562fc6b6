/** The browser's own storage, which private windows and full disks may refuse: then nothing is kept. */
const PREFIX = 'spillway-playground.'

export function remembered(key: string): string | null {
  try {
    return localStorage.getItem(PREFIX + key)
  } catch {
    return null
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + key, value)
  } catch {
    // Kept for this visit only.
  }
}
