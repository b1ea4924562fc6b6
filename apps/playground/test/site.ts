/** Serves the built page, as a plain file server does: from some path, with or without the headers that isolate it. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('../site/', import.meta.url))
const PATH = '/some/where/'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

const ISOLATED = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

export interface Site {
  readonly port: number
  /** On localhost, which browsers trust. */
  readonly url: string
  close(): void
}

export interface SiteOptions {
  /** Whether the server sends the headers itself. Default true. */
  readonly isolated?: boolean
  /** Whether the service worker adds them. Default true; false is a browser that does not take them from one. */
  readonly isolates?: boolean
}

export async function serveSite({
  isolated = true,
  isolates = true,
}: SiteOptions = {}): Promise<Site> {
  const server = createServer(
    (request, response) => void answer(request, response, isolated, isolates),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://localhost:${port}${PATH}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  isolated: boolean,
  isolates: boolean,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost')
  const name = pathname === PATH ? 'index.html' : pathname.slice(PATH.length)
  try {
    if (!pathname.startsWith(PATH) || name.includes('..')) throw new Error('no such place')
    const file = await readFile(join(FOLDER, name))
    const content = isolates || name !== 'isolation.js' ? file : withoutHeaders(file.toString())
    const type = TYPES[extname(name)] ?? 'application/octet-stream'
    response.writeHead(200, { 'Content-Type': type, ...(isolated && ISOLATED) })
    response.end(content)
  } catch {
    response.writeHead(404).end()
  }
}

function withoutHeaders(worker: string): string {
  return worker.replaceAll(/^.*headers\.set\(.*$/gm, '')
}

/** The same page by a name that browsers do not trust, see `browser.ts`. */
export function untrusted({ port }: Site): string {
  return `http://playground.test:${port}${PATH}`
}
