/** What is to run: program, variant, size, workers. */
import { programs } from '../programs/programs.ts'
import type { Program, Size } from '../programs/program.ts'
import { element } from '../shell/element.ts'
import { remember, remembered } from '../shell/storage.ts'

/** More workers than this have no place on a slider. */
const MOST_WORKERS = 64

export class Controls {
  readonly #programs = element('program-list', HTMLFieldSetElement)
  readonly #variants = element('variant-list', HTMLFieldSetElement)
  readonly #size = element('size', HTMLSelectElement)
  readonly #workers = element('workers', HTMLInputElement)
  readonly #workersShown = element('workers-shown', HTMLOutputElement)
  #program: Program = programs[0]!
  #changed: (program: Program) => void = () => {}

  constructor() {
    const families = programs.filter(
      ({ family }, at) => programs.findIndex((other) => other.family === family) === at,
    )
    this.#programs.append(...families.map(({ family, title }) => choice('program', family, title)))
    this.#programs.addEventListener('change', ({ target }) => this.#chooseFamily(valueOf(target)))
    this.#variants.addEventListener('change', ({ target }) => this.#choose(valueOf(target)))
    this.#size.addEventListener('change', () => remember('size', this.#size.value))
    this.#workers.addEventListener('input', () => this.#showWorkers())
    element('programs', HTMLFormElement).addEventListener('submit', (event) =>
      event.preventDefault(),
    )
  }

  get program(): Program {
    return this.#program
  }

  get size(): Size {
    return (
      this.#program.sizes.find(({ name }) => name === this.#size.value) ?? this.#program.sizes[1]!
    )
  }

  get workers(): number {
    return Number(this.#workers.value)
  }

  get mostWorkers(): number {
    return Number(this.#workers.max)
  }

  onProgram(changed: (program: Program) => void): void {
    this.#changed = changed
  }

  /** Called once, when it is known how many workers there can be. */
  begin(usableCores: number): void {
    const most = Math.max(1, Math.min(MOST_WORKERS, usableCores))
    this.#workers.max = String(most)
    this.#workers.value = String(most)
    this.#workers.disabled = most === 1
    this.#showWorkers()
    const id = location.hash.slice(1)
    const asked = programs.find((program) => program.id === id)
    if (asked === undefined) this.#chooseFamily(programs[0]!.family)
    else {
      this.#chooseFamily(asked.family)
      this.#choose(asked.id)
    }
  }

  #chooseFamily(family: string): void {
    const members = programs.filter((program) => program.family === family)
    const isAlone = members.length === 1
    this.#variants.hidden = isAlone
    const legend = this.#variants.querySelector('legend')!
    const choices = (isAlone ? [] : members).map(({ id, variant }) =>
      choice('variant', id, variant ?? ''),
    )
    this.#variants.replaceChildren(legend, ...choices)
    check('program', family)
    this.#choose(members[0]!.id)
  }

  #choose(id: string): void {
    this.#program = programs.find((program) => program.id === id)!
    check('variant', id)
    element('program-summary', HTMLElement).textContent = this.#program.summary
    const chosen = this.#size.value || remembered('size') || 'medium'
    this.#size.replaceChildren(
      ...this.#program.sizes.map(
        ({ name, label }) => new Option(`${label} ${this.#unit()}`.trim(), name),
      ),
    )
    this.#size.value = chosen
    if (this.#size.value === '') this.#size.value = 'medium'
    history.replaceState(null, '', `#${id}`)
    this.#changed(this.#program)
  }

  /** Sizes with a cross are pixels or cells. */
  #unit(): string {
    const { sizes, items } = this.#program
    return sizes[0]!.label.includes('×') ? '' : items
  }

  #showWorkers(): void {
    this.#workersShown.value = this.#workers.value
    this.#workers.setAttribute('aria-valuetext', `${this.#workers.value} workers`)
  }
}

function choice(name: string, value: string, text: string): HTMLLabelElement {
  const label = document.createElement('label')
  const input = document.createElement('input')
  input.type = 'radio'
  input.name = name
  input.value = value
  const span = document.createElement('span')
  span.textContent = text
  label.append(input, span)
  return label
}

function check(name: string, value: string): void {
  const input = document.querySelector<HTMLInputElement>(`input[name="${name}"][value="${value}"]`)
  if (input !== null) input.checked = true
}

function valueOf(target: EventTarget | null): string {
  return (target as HTMLInputElement).value
}
