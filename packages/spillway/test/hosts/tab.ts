/** A tab that may be hidden and frozen. Playwright's own pages are not: it shows every one of them as if it had the focus. */
import type { Browser, CDPSession } from 'playwright-core'

interface Answer {
  readonly id: number
  readonly result?: { readonly result?: { readonly value?: unknown }; exceptionDetails?: unknown }
  readonly error?: unknown
}

export class Tab {
  readonly #devtools: CDPSession
  readonly #context: string
  readonly #session: string
  readonly #asked = new Map<number, (answer: Answer) => void>()
  #count = 0

  /** Opens it in a window of its own, and waits until it has loaded. */
  static async open(browser: Browser, url: string): Promise<Tab> {
    const devtools = await browser.newBrowserCDPSession()
    const { browserContextId } = await devtools.send('Target.createBrowserContext')
    const { targetId } = await devtools.send('Target.createTarget', { url, browserContextId })
    const { sessionId } = await devtools.send('Target.attachToTarget', { targetId, flatten: false })
    const tab = new Tab(devtools, browserContextId, sessionId)
    const loaded = `document.readyState === 'complete' && location.href === ${JSON.stringify(url)}`
    // Asked too soon, there is no page to ask.
    while ((await tab.evaluate(loaded).catch(() => false)) !== true);
    return tab
  }

  private constructor(devtools: CDPSession, context: string, session: string) {
    this.#devtools = devtools
    this.#context = context
    this.#session = session
    devtools.on('Target.receivedMessageFromTarget', ({ sessionId, message }) => {
      if (sessionId !== session) return
      const answer = JSON.parse(message) as Answer
      this.#asked.get(answer.id)?.(answer)
      this.#asked.delete(answer.id)
    })
  }

  /** Evaluates a text in the page; what its promise resolves with, if it gives one. */
  async evaluate(expression: string): Promise<unknown> {
    const options = { expression, awaitPromise: true, returnByValue: true }
    return (await this.#ask('Runtime.evaluate', options)).result?.value
  }

  async setFrozen(frozen: boolean): Promise<void> {
    await this.#ask('Page.setWebLifecycleState', { state: frozen ? 'frozen' : 'active' })
  }

  /** Puts another tab of its window in front of it. */
  async hide(): Promise<void> {
    const browserContextId = this.#context
    await this.#devtools.send('Target.createTarget', { url: 'about:blank', browserContextId })
    while ((await this.evaluate('document.hidden')) !== true);
  }

  async close(): Promise<void> {
    await this.#devtools.send('Target.disposeBrowserContext', { browserContextId: this.#context })
    await this.#devtools.detach()
  }

  async #ask(method: string, params: object): Promise<NonNullable<Answer['result']>> {
    const id = ++this.#count
    const answered = new Promise<Answer>((resolve) => this.#asked.set(id, resolve))
    const message = JSON.stringify({ id, method, params })
    await this.#devtools.send('Target.sendMessageToTarget', { sessionId: this.#session, message })
    const { result, error } = await answered
    if (result === undefined || result.exceptionDetails !== undefined) {
      throw new Error(`${method}: ${JSON.stringify(error ?? result?.exceptionDetails)}`)
    }
    return result
  }
}
