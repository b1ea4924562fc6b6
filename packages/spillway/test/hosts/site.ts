/** A web server of the library and the scenarios, and what pages report to it. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { library } from '../package/project.ts'

const TESTS = fileURLToPath(new URL('.', import.meta.url))

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.map': 'application/json',
}

/** The first folder of a path says with which headers everything below it is served. */
const HEADERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  isolated: {
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
  },
  open: {},
  'no-workers': {
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
    'Content-Security-Policy': "worker-src 'none'",
  },
}

export interface Site {
  readonly origin: string
  /** What page `id` reports: each value it posts, until it has posted `{ ended: true }`. Rejects if it is silent for too long. */
  reports(id: string, silenceMs: number): Promise<unknown[]>
  close(): Promise<void>
}

export async function serveSite(): Promise<Site> {
  const pages = new Map<string, (value: unknown) => void>()
  const server = createServer((request, response) => {
    const id = /^\/report\/(.+)$/.exec(request.url ?? '')?.[1]
    if (id === undefined) void serveFile(request, response)
    else void receive(request, response, (value) => pages.get(id)?.(value))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    reports: (id, silenceMs) =>
      new Promise((resolve, reject) => {
        const values: unknown[] = []
        const silent = (): void =>
          reject(new Error(`page ${id} was silent; before: ${JSON.stringify(values, null, 1)}`))
        let timer = setTimeout(silent, silenceMs)
        pages.set(id, (value) => {
          clearTimeout(timer)
          if ((value as { ended?: boolean }).ended === true) return resolve(values)
          values.push(value)
          timer = setTimeout(silent, silenceMs)
        })
      }),
    async close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  tell: (value: unknown) => void,
): Promise<void> {
  let text = ''
  for await (const part of request.setEncoding('utf8')) text += part
  response.end()
  tell(JSON.parse(text))
}

async function serveFile(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost')
  const [, kind = '', place, name = ''] = /^\/([^/]+)\/(dist|hosts)\/(.+)$/.exec(pathname) ?? []
  const headers = HEADERS[kind]
  try {
    if (headers === undefined || name.includes('..')) throw new Error('no such place')
    const type = TYPES[extname(name)] ?? 'text/plain'
    const text =
      name === 'empty.html'
        ? '<!doctype html>'
        : name === 'page.html'
          ? pageOf(kind)
          : await readFile(join(place === 'dist' ? join(library, 'dist') : TESTS, name), 'utf8')
    response.writeHead(200, { ...headers, 'Content-Type': type, 'Cache-Control': 'no-store' })
    response.end(place === 'hosts' && !name.startsWith('bare.') ? withUrls(text, kind) : text)
  } catch {
    response.writeHead(404).end()
  }
}

/** Import maps do not reach workers: without a bundler, modules name the library by its URL. */
function withUrls(text: string, kind: string): string {
  return text
    .replaceAll(/(from |import\()'spillway'/g, `$1'/${kind}/dist/index.js'`)
    .replaceAll(/(from |import\()'spillway\/kernel'/g, `$1'/${kind}/dist/kernel.js'`)
}

function pageOf(kind: string): string {
  const imports = {
    spillway: `/${kind}/dist/index.js`,
    'spillway/kernel': `/${kind}/dist/kernel.js`,
  }
  return `<!doctype html><title>Spillway</title><link rel="icon" href="data:," />
<script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module" src="./page.js"></script>`
}
