import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { charts } from '../src/charts/chart.ts'
import { drawSvg } from '../src/charts/draw.ts'
import { reportPage } from '../src/report/page.ts'
import { contended, syntheticAnalysis } from './fixture.ts'

const executablePath = '/usr/bin/chromium'

/** Pixels in the colour of the shared counter, on the canvas of the bursts. */
const colouredPixels = `(() => {
  const canvas = document.querySelector('#burst-plot canvas')
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  let found = 0
  for (let at = 0; at < data.length; at += 4) {
    if (data[at] === 0xd5 && data[at + 1] === 0x5e && data[at + 2] === 0x00) found++
  }
  return found
})()`

test(
  'the report runs in a browser: no network, no error, both schemes, narrow screens',
  { skip: !existsSync(executablePath) },
  async () => {
    const { chromium } = await import('playwright-core')
    const directory = await mkdtemp(path.join(os.tmpdir(), 'spillway-report-'))
    const browser = await chromium.launch({ executablePath })
    try {
      const analysis = syntheticAnalysis(contended, [1, 2])
      // As many samples as a real run takes: dense series are drawn differently.
      for (const row of analysis.rows) row.ms = Array.from({ length: 8 }, () => row.ms).flat()
      const pictures = await Promise.all(
        charts(analysis).map(async (chart) => ({ ...chart, svg: await drawSvg(chart.spec) })),
      )
      const file = path.join(directory, 'report.html')
      await writeFile(file, reportPage(analysis, pictures))
      for (const [colorScheme, width] of [
        ['light', 1200],
        ['dark', 1200],
        ['light', 380],
      ] as const) {
        const page = await browser.newPage({ colorScheme, viewport: { width, height: 800 } })
        const troubles: string[] = []
        page.on('console', (message) => troubles.push(message.text()))
        page.on('pageerror', (error) => troubles.push(error.message))
        page.on('request', (request) => {
          if (!/^(file|data):/.test(request.url())) troubles.push(request.url())
        })
        await page.goto(pathToFileURL(file).href)
        await page.selectOption('#time-variant', 'local')
        assert.equal(await page.locator('canvas').count(), 2)
        assert.equal(await page.locator('.chart svg').count(), 3)
        const wide = Number(await page.evaluate('document.documentElement.scrollWidth'))
        assert.ok(wide <= width, `${wide} px wide on a ${width} px screen`)
        const paper = await page.evaluate('getComputedStyle(document.body).backgroundColor')
        assert.equal(paper, colorScheme === 'dark' ? 'rgb(20, 23, 26)' : 'rgb(255, 255, 255)')
        assert.ok(Number(await page.evaluate(colouredPixels)) > 100, 'bursts are drawn')
        assert.deepEqual(troubles, [])
        await page.close()
      }
    } finally {
      await browser.close()
      await rm(directory, { recursive: true })
    }
  },
)
