import { element } from '../shell/element.ts'
import type { Note } from './diagnose.ts'

const signs = { good: '✓', bad: '!', plain: 'i' } as const
const meanings = { good: 'Good', bad: 'To look at', plain: 'Note' } as const

export function showNotes(notes: readonly Note[]): void {
  element('diagnosis', HTMLElement).dataset['state'] = notes.length === 0 ? 'empty' : 'full'
  element('notes', HTMLElement).replaceChildren(...notes.map(itemOf))
}

function itemOf({ id, tone, title, text }: Note): HTMLElement {
  const item = document.createElement('li')
  item.dataset['tone'] = tone
  item.dataset['note'] = id
  const sign = document.createElement('span')
  sign.className = 'sign'
  sign.setAttribute('role', 'img')
  sign.setAttribute('aria-label', meanings[tone])
  sign.textContent = signs[tone]
  const head = document.createElement('h3')
  head.textContent = title
  const body = document.createElement('p')
  body.textContent = text
  item.append(sign, head, body)
  return item
}
