import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { charts } from '../src/charts/chart.ts'
import { busyLine } from '../src/charts/footer.ts'
import { drawSvg, loadRasteriser } from '../src/charts/draw.ts'
import { contended, syntheticAnalysis } from './fixture.ts'

const drawn = new Map<string, string>()
const many = new Map<string, string>()
const specs = new Map<string, any>()

before(async () => {
  for (const chart of charts(syntheticAnalysis(contended, [1, 2])))
    drawn.set(chart.name, await drawSvg(chart.spec))
  for (const chart of charts(syntheticAnalysis(contended, [1, 2])))
    specs.set(chart.name, chart.spec)
  for (const chart of charts(syntheticAnalysis(contended, [1, 2, 4, 8])))
    many.set(chart.name, await drawSvg(chart.spec))
})

const cores = 'comparison_cores_batching_parallel_for_auto'
const variants = 'comparison_variants_batching_parallel_for_auto'
const overhead = 'overhead_batching_parallel_for_auto'

function texts(svg: string): string[] {
  return [...svg.matchAll(/>([^<]+)<\/(?:text|tspan)>/g)].map((match) => match[1])
}

function svgOf(name: string): string {
  return drawn.get(name) ?? ''
}

function lines(svg: string): number {
  return svg.match(/mark-line role-mark[^>]*>/g)?.length ?? 0
}

test('there are three pictures', () => {
  assert.deepEqual([...drawn.keys()], [cores, variants, overhead])
})

test('every picture has title, machine, axis units and legend', () => {
  for (const svg of drawn.values()) {
    const found = texts(svg)
    assert.ok(found.some((text) => text.includes('Synthetic CPU') && text.includes('abcdef012345')))
    assert.ok(found.some((text) => /\((ms|ns)\)/.test(text)))
    assert.ok(found.includes('1 worker') && found.includes('2 workers'))
  }
})

test('one series per worker count, in both panels', () => {
  assert.equal(lines(svgOf(cores)), 4)
  assert.equal(lines(many.get(cores) ?? ''), 8)
})

test("the seed's figures are in a panel of their own, marked, and in no measured series", () => {
  assert.ok(texts(svgOf(cores)).some((text) => text === "the seed's figures, not measured here"))
  const panels: { data: { values: object[] } }[] = specs.get(cores).hconcat
  assert.equal(panels.length, 3)
  for (const panel of panels.slice(0, 2))
    assert.ok(panel.data.values.every((value) => 'workers' in value && !('cores' in value)))
  assert.ok(panels[2]?.data.values.every((value) => 'cores' in value && !('workers' in value)))
})

test('the overhead view ends below 10,000 items and shows the plain loop beside', () => {
  const values: { items: number; series: string }[] = specs.get(overhead).data.values
  assert.ok(values.length > 0 && values.every((value) => value.items < 10_000))
  assert.ok(values.some((value) => value.series === 'plain loop, no library'))
  assert.equal(lines(svgOf(overhead)), 3)
})

test('a machine that was busy during calls says so in the picture', () => {
  assert.ok(!texts(svgOf(cores)).some((text) => text.includes('busy machine')))
  const analysis = syntheticAnalysis(contended, [1, 2])
  for (const row of analysis.rows) if (row.protocol === 'call') row.speedup = 1
  const [line] = busyLine(analysis)
  assert.match(line, /calls got 1\.0 cores' worth of 2 workers, bursts 1\.9/)
})

test('no coordinate is NaN or undefined', () => {
  for (const svg of [...drawn.values(), ...many.values()])
    assert.doesNotMatch(svg, /NaN|undefined|Infinity/)
})

test('a PNG has the size of its SVG twice over, and text in it', async () => {
  const rasterise = await loadRasteriser()
  assert.ok(rasterise, 'the native renderer loads here')
  const svg = svgOf(variants)
  const png = rasterise(svg)
  assert.equal(png.subarray(1, 4).toString(), 'PNG')
  const width = Number(/<svg[^>]* width="([\d.]+)"/.exec(svg)?.[1])
  assert.ok(Math.abs(png.readUInt32BE(16) - 2 * width) <= 2)
  const silent = rasterise(svg.replace(/<text[\s\S]*?<\/text>/g, ''))
  assert.ok(png.length > silent.length * 1.3, 'text makes the picture larger')
})

test('a renderer that does not load is no error', async () => {
  assert.equal(await loadRasteriser(() => Promise.reject(new Error('no native binding'))), null)
})
