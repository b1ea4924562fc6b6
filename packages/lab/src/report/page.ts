import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Analysis, Verdict } from '../analyze/model.ts'
import { seed } from '../analyze/seed.ts'
import { simulationLine } from '../charts/footer.ts'
import { rowTable, validationTable } from '../simulate/tables.ts'
import { count, percent, plural, rate } from './format.ts'
import { pageData } from './page-data.ts'
import { style } from './style.ts'
import { escapeHtml, renderHtml } from './table.ts'
import { burstTable, callTable, scalingTable, seedTable, verdictWord } from './tables.ts'

export interface Picture {
  name: string
  alternative: string
  svg: string
}

/** One file that needs nothing else: styles, scripts, data and pictures are in it, and it asks for no network. */
export function reportPage(analysis: Analysis, pictures: readonly Picture[]): string {
  const { machine, recipe } = analysis
  const require = createRequire(import.meta.url)
  const plotStyle = readFileSync(require.resolve('uplot/dist/uPlot.min.css'), 'utf8')
  const plotScript = readFileSync(require.resolve('uplot/dist/uPlot.iife.min.js'), 'utf8')
  const client = readFileSync(new URL('./client.js', import.meta.url), 'utf8').replace(
    /^\/\/# sourceMappingURL.*$/m,
    '',
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>Spillway analysis: ${escapeHtml(machine.cpu)}</title>
<style>${plotStyle}${style}</style>
</head>
<body>
<h1>Why does this loop scale, or not?</h1>
<p class="lede">heavyWork(15) over ${count(seed.items)} items, six ways to write the result.
${escapeHtml(`${machine.cpu}, ${plural(machine.usableCores, 'usable core')}, ${recipe.runtime}, ${recipe.date.slice(0, 10)}`)}</p>
${verdictList(analysis.verdicts)}
<h2>Diagnosis</h2>
${analysis.diagnosis.map((note) => `<h3>${escapeHtml(note.title)}</h3>\n<p>${escapeHtml(note.text)}</p>`).join('\n')}
<h2>Pictures</h2>
${pictures.map(figure).join('\n')}
<h2>Look closer</h2>
<p class="small">Drag to zoom, double-click to reset, click a name to hide its line.</p>
<div class="plot"><div class="pick"><b>Time of a call</b><label>variant <select id="time-variant"></select></label></div><div id="time-plot"></div></div>
<div class="plot"><div class="pick"><b>Every burst</b><label>workers <select id="burst-workers"></select></label></div><div id="burst-plot"></div></div>
<h2>Tables</h2>
${renderHtml(callTable(analysis, seed.items))}
<details><summary>All range lengths</summary>${renderHtml(callTable(analysis))}</details>
${renderHtml(burstTable(analysis))}
${renderHtml(scalingTable(analysis))}
${assumptions(analysis)}
${simulationSection(analysis)}<h2>The seed's own figures</h2>
${seedSection()}
<h2>Recipe</h2>
${recipeList(analysis)}
<script type="application/json" id="data">${JSON.stringify(pageData(analysis)).replaceAll('<', '\\u003c')}</script>
<script>${scriptText(plotScript)}</script>
<script type="module">${scriptText(client)}</script>
</body>
</html>
`
}

/** A script that contains its own end tag would end early. */
function scriptText(script: string): string {
  return script.replaceAll('</script', '<\\/script')
}

function verdictList(verdicts: readonly Verdict[]): string {
  const items = verdicts.map((one) => {
    const word = verdictWord(one)
    const share = one.id === 'scheduler-share'
    const show = (value: number): string =>
      share ? percent(value) : Number(value.toFixed(2)).toString()
    const found =
      one.value === null
        ? (one.skipped ?? one.note ?? '')
        : `${show(one.value)}, limit ${one.relation} ${show(one.limit)}`
    return (
      `<li class="${word.toLowerCase()}"><b>${word}</b><code>${escapeHtml(one.id)}</code>` +
      `<span>${escapeHtml(one.says)}: ${escapeHtml(found)}</span></li>`
    )
  })
  return `<ul class="verdicts">\n${items.join('\n')}\n</ul>`
}

function figure({ svg, alternative }: Picture): string {
  const inline = svg.slice(svg.indexOf('<svg'))
  return `<figure><div class="chart" role="img" aria-label="${escapeHtml(alternative)}">${inline}</div></figure>`
}

function assumptions({ scaling }: Analysis): string {
  const found = new Set(scaling.flatMap(({ usl }) => (usl?.assumption ? [usl.assumption] : [])))
  return [...found]
    .map((text) => `<p class="small">Underdetermined: ${escapeHtml(text)}.</p>`)
    .join('\n')
}

function seedSection(): string {
  return (
    `<div class="seed"><p><span class="tag">seed, not measured here</span> “${escapeHtml(seed.source)}”: throughput ` +
    `capped near ${rate(seed.throughputCap)}, near ${rate(seed.tieredThroughput)} with the TieredSpillover strategy; ` +
    `scaling ended at ${seed.kneeCores.join(' to ')} cores.</p>${renderHtml(seedTable())}</div>`
  )
}

/** Empty where there was no simulator. */
function simulationSection({ simulation, simulated, validation }: Analysis): string {
  if (simulation === null) return ''
  const tables = simulation.machines.map(({ name, title }) => {
    const rows = simulated.filter((row) => row.machine === name)
    return `<details><summary>${escapeHtml(`${name}, ${title}`)}</summary>${renderHtml(rowTable(title, rows))}</details>`
  })
  const checked = validation === null ? '' : renderHtml(validationTable(validation.rows))
  return (
    `<h2>Simulated machines</h2>\n<div class="seed"><p><span class="tag">simulated, not measured</span> ` +
    `${escapeHtml(simulationLine(simulation))}. Beyond the seed's own machine everything is a prediction.</p></div>\n` +
    `${checked}\n${tables.join('\n')}\n`
  )
}

function recipeList({ machine, recipe, rows }: Analysis): string {
  const samples = (protocol: string): string => {
    const counts = rows.filter((row) => row.protocol === protocol).map((row) => row.ms.length)
    return counts.length === 0
      ? 'none'
      : `${count(Math.min(...counts))} to ${count(Math.max(...counts))} per row`
  }
  const entries: [string, string][] = [
    ['command', recipe.command],
    ['commit', recipe.commit],
    ['date', recipe.date],
    ['runtime', recipe.runtime],
    [
      'machine',
      `${machine.cpu}, ${plural(machine.usableCores, 'usable core')}, ${machine.memoryGiB} GiB, ${machine.system}`,
    ],
    ['load average', `${recipe.loadBefore.join(' ')} before, ${recipe.loadAfter.join(' ')} after`],
    [
      'stolen by hypervisor',
      recipe.steal === null ? 'not known on this system' : percent(recipe.steal),
    ],
    [
      'measured for',
      `${recipe.seconds.toFixed(1)} s, ${recipe.passes} interleaved passes, ${recipe.repeats} repeats for failing verdicts`,
    ],
    ['protocol call', `${recipe.protocols.call}; samples: ${samples('call')}`],
    ['protocol burst', `${recipe.protocols.burst}; samples: ${samples('burst')}`],
  ]
  return `<dl>${entries.map(([name, value]) => `<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`).join('\n')}</dl>`
}
