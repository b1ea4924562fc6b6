import { grid, ink, muted, paper } from '../charts/theme.ts'

/** Charts are drawn in four neutral colours; here the page's own take their place. */
const chartColours = [
  [ink, '--ink'],
  [muted, '--muted'],
  [grid, '--line'],
]
  .flatMap(([from, to]) => [
    `.chart [fill="${from}"] { fill: var(${to}) }`,
    `.chart [stroke="${from}"] { stroke: var(${to}) }`,
  ])
  .join('\n')

export const style = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --panel: #f6f7f9; --ink: #1b1f24; --muted: #57606a; --line: #e4e7eb;
  --pass: #00714f; --fail: #b3470a; --skip: #57606a; --seed: #f1f0ea;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --panel: #1d2125; --ink: #e6e8ea; --muted: #a0a8b0; --line: #353b41;
    --pass: #45c49b; --fail: #f08a4b; --skip: #a0a8b0; --seed: #24241f;
  }
}
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 1180px; padding: 24px 20px 60px; background: var(--paper); color: var(--ink);
  font: 15px/1.55 system-ui, "Segoe UI", Roboto, sans-serif }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px }
h2 { font-size: 19px; margin: 44px 0 12px; padding-bottom: 6px; border-bottom: 1px solid var(--line) }
h3 { font-size: 15px; margin: 20px 0 4px }
p { max-width: 82ch; margin: 4px 0 10px }
.lede, caption, figcaption, .small { color: var(--muted) }
.small { font-size: 13px }
.verdicts { list-style: none; padding: 0; display: grid; gap: 8px; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)) }
.verdicts li { background: var(--panel); border-left: 4px solid var(--skip); border-radius: 4px; padding: 9px 12px }
.verdicts .pass { border-color: var(--pass) } .verdicts .fail { border-color: var(--fail) }
.verdicts b { text-transform: uppercase; font-size: 12px; letter-spacing: 0.06em; margin-right: 6px; color: var(--skip) }
.verdicts .pass b { color: var(--pass) } .verdicts .fail b { color: var(--fail) }
.verdicts code { font-size: 13px } .verdicts span { display: block; font-size: 13px; color: var(--muted) }
.scroll { overflow-x: auto; margin: 12px 0 }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; white-space: nowrap }
caption { text-align: left; padding-bottom: 8px; white-space: normal; font-size: 13px }
th, td { text-align: left; padding: 4px 14px 4px 0; border-bottom: 1px solid var(--line) }
th { color: var(--muted); font-weight: 600 } .number { text-align: right }
figure { margin: 18px 0 } .chart { overflow-x: auto } .chart svg { display: block; min-width: 620px; max-width: 100%; height: auto }
.chart text { font-family: "DejaVu Sans", system-ui, sans-serif }
.chart [fill="${paper}"] { fill: transparent }
${chartColours}
.seed { background: var(--seed); border-radius: 6px; padding: 4px 18px 8px; margin: 12px 0 }
.tag { display: inline-block; border: 1px solid var(--muted); color: var(--muted); border-radius: 3px; font-size: 11px;
  padding: 0 6px; text-transform: uppercase; letter-spacing: 0.05em }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; font-size: 14px }
dt { color: var(--muted) } dd { margin: 0; overflow-wrap: anywhere }
.pick { display: flex; flex-wrap: wrap; gap: 6px 16px; align-items: center; margin: 8px 0; font-size: 14px }
select { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--line); border-radius: 4px; padding: 3px 6px }
.plot { margin-bottom: 26px } .plot .u-legend { display: block; white-space: normal; font-size: 13px; color: var(--ink) }
.u-legend th, .u-legend td { border: 0; color: var(--ink) } .u-legend .edge { display: none }
.u-select { background: color-mix(in srgb, var(--ink) 12%, transparent) }
.u-cursor-x, .u-cursor-y { border-color: var(--muted) !important }
details > summary { cursor: pointer; margin: 10px 0 }
@media (max-width: 560px) { body { padding: 16px 12px 40px; font-size: 14px } dl { grid-template-columns: 1fr } dd { margin-bottom: 6px } }
`
