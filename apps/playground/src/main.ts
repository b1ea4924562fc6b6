/** The page: what happens when something is pressed. Panels show; this file lets them know of each other. */
import { version } from 'spillway'
import { count, milliseconds, plural } from 'spillway-lab/dist/report/format.js'
import { compare } from './compare/measure.ts'
import type { Comparison } from './compare/measure.ts'
import { showComparison } from './compare/panel.ts'
import { diagnose } from './diagnosis/diagnose.ts'
import { showNotes } from './diagnosis/panel.ts'
import { KernelPanel } from './editor/kernel-panel.ts'
import { KeptSystem } from './engines/systems.ts'
import { Screen } from './pictures/screen.ts'
import type { Program } from './programs/program.ts'
import { programs } from './programs/programs.ts'
import { Activity } from './run/activity.ts'
import { Controls } from './run/controls.ts'
import { Runner } from './run/run.ts'
import type { Finished, Settings } from './run/run.ts'
import { History } from './runs/history.ts'
import type { Run } from './runs/history.ts'
import { fillRuns } from './runs/table.ts'
import { workerCounts } from './scaling/counts.ts'
import { measureScaling } from './scaling/measure.ts'
import type { Scaling } from './scaling/measure.ts'
import { ScalingPanel } from './scaling/panel.ts'
import { element } from './shell/element.ts'
import { ensureIsolation } from './shell/isolation.ts'
import { watchTheme } from './shell/theme.ts'
import { Timeline } from './timeline/timeline.ts'
import type { RunSummary } from './timeline/summary.ts'

const withoutIsolation = await ensureIsolation()

/** Of each thread: a few thousand loops of a few hundred chunks. */
const TRACED_EVENTS = 65_536

const activity = new Activity()
const controls = new Controls()
const kernel = new KernelPanel()
const screen = new Screen()
const timeline = new Timeline()
const scalingPanel = new ScalingPanel()
const runs = new History()
const runner = new Runner(new KeptSystem({ trace: { events: TRACED_EVENTS } }), screen)

/** What was measured of the program that is chosen. */
const measured: {
  run: RunSummary | null
  callMs: number
  scaling: readonly Scaling[]
  comparison: Comparison | null
} = { run: null, callMs: 0, scaling: [], comparison: null }

function settings(): Settings {
  const { program, size, workers } = controls
  return { program, text: kernel.edited, size: size.value, workers }
}

function showDiagnosis(): void {
  const { program, workers } = controls
  showNotes(diagnose({ program, text: kernel.text, workers, ...measured }))
}

controls.onProgram((program: Program) => {
  kernel.show(program)
  const isMember = measured.scaling.some((one) => one.program.family === program.family)
  Object.assign(measured, { run: null, comparison: null, ...(!isMember && { scaling: [] }) })
  showDiagnosis()
})

// Runs

element('controls', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault()
  void run()
})

async function run(): Promise<void> {
  const asked = settings()
  kernel.clearError()
  await activity.run(
    `Running ${asked.program.title}`,
    async (signal, progress) => {
      const finished = await runner.run(asked, signal, progress)
      keep(asked, 'spillway', finished.workers, finished.ms)
      showFinished(asked, finished)
    },
    (error) => kernel.showError(error),
  )
}

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 })

function showFinished(
  { program }: Settings,
  { ms, work, workers, trace, verdict }: Finished,
): void {
  element('fact-time', HTMLElement).textContent = milliseconds(ms)
  element('fact-rate', HTMLElement).textContent = compact.format(
    ((work.length * work.steps) / ms) * 1000,
  )
  element('fact-items', HTMLElement).textContent = `${program.items} per second`
  element('fact-workers', HTMLElement).textContent = workers === 0 ? 'none' : String(workers)
  const check = element('fact-check', HTMLElement)
  check.textContent = verdict.text
  check.dataset['ok'] = String(verdict.ok)
  measured.run = timeline.show(trace)
  measured.callMs = ms
  const lost = element('timeline-lost', HTMLElement)
  lost.hidden = trace.lost === 0
  lost.textContent = `${count(trace.lost)} older events found no room and are missing.`
  showDiagnosis()
}

/** What a panel's numbers are of: they stay when another program is chosen. */
function subjectOf({ program }: Settings): string {
  const edited = kernel.isEdited ? ', edited' : ''
  const title = program.variant === null ? program.title : `${program.title}: ${program.variant}`
  return `${title}${edited}, ${controls.size.label}`
}

function keep({ program }: Settings, engine: Run['engine'], workers: number, ms: number): void {
  const title = program.variant === null ? program.title : `${program.title}: ${program.variant}`
  const size = controls.size.label
  runs.add({
    program: program.id,
    title,
    size,
    edited: kernel.isEdited,
    engine,
    workers,
    ms,
    when: Date.now(),
  })
}

// Measurements

element('compare-start', HTMLButtonElement).addEventListener('click', () => {
  const asked = settings()
  const subject = `${subjectOf(asked)}, ${plural(asked.workers, 'worker')}`
  kernel.clearError()
  void activity.run(
    'Comparing',
    async (signal, progress) => {
      const comparison = await compare({ ...asked, signal, progress })
      measured.comparison = comparison
      showComparison(comparison)
      element('comparison-of', HTMLElement).textContent = subject
      keep(asked, 'serial', 1, comparison.serial.ms)
      keep(asked, 'messages', asked.workers, comparison.messages.ms)
      keep(asked, 'spillway', comparison.workers, comparison.spillway.ms)
      showDiagnosis()
    },
    (error) => kernel.showError(error),
  )
})

element('scaling-start', HTMLButtonElement).addEventListener('click', () => {
  const asked = settings()
  const { program, size, text } = asked
  const subject = subjectOf(asked)
  const subjects = programs
    .filter(({ family }) => family === program.family)
    .map((member) => ({ program: member, text: member === program ? text : null }))
  const counts = workerCounts(controls.mostWorkers)
  kernel.clearError()
  void activity.run(
    'Measuring the scaling',
    async (signal, progress) => {
      measured.scaling = await measureScaling({ subjects, size, counts, signal, progress })
      scalingPanel.show(measured.scaling)
      element('scaling-of', HTMLElement).textContent = subject
      showDiagnosis()
    },
    (error) => kernel.showError(error),
  )
})

element('runs-clear', HTMLButtonElement).addEventListener('click', () => runs.clear())
runs.onChange(fillRuns)

watchTheme(() => {
  screen.draw()
  timeline.repaint()
})

// The beginning

if (withoutIsolation !== null) {
  const isAlone =
    'Programs run in this page alone, without workers, and with the same results; comparing works, since messages need no shared memory.'
  element('no-isolation-reason', HTMLElement).textContent =
    `The page is not isolated: ${withoutIsolation}. ${isAlone}`
  element('no-isolation', HTMLElement).hidden = false
}
controls.begin(withoutIsolation === null ? navigator.hardwareConcurrency : 1)
element('scaling-most', HTMLElement).textContent = String(controls.mostWorkers)
const isolated = withoutIsolation === null ? 'isolated' : 'not isolated'
element('machine', HTMLElement).textContent =
  `spillway ${version}, ${navigator.hardwareConcurrency} cores, ${isolated}. Times are this browser’s, on this machine, with whatever else it does.`
await run()
