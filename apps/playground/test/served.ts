/** The browser and the site of a test file, there from its first test to its last. */
import { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
import { launch, noBrowser } from './browser.ts'
import { serveSite } from './site.ts'
import type { Site } from './site.ts'

export interface Served {
  browser: Browser
  site: Site
}

/** To be called once, outside of all tests. Without a browser nothing is started, and the tests skip. */
export function useSite(options?: Parameters<typeof serveSite>[0]): Served {
  const served = {} as Served
  before(async () => {
    if (noBrowser !== false) return
    served.browser = await launch()
    served.site = await serveSite(options)
  })
  after(async () => {
    await served.browser?.close()
    served.site?.close()
  })
  return served
}
