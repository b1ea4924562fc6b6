// The page of a browser's numbers: bundled in memory, served with the headers that isolate it, and listened to.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Unavailable } from '../benchmark.ts'
import type { Sample } from '../benchmark.ts'
import { parseNumbers } from '../harness/fresh.ts'

const HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cache-Control': 'no-store',
}

const PAGE = `<!doctype html><title>Spillway</title><link rel="icon" href="data:," />
<script type="module" src="./page.js"></script>`

export class PageSite {
  readonly origin: string
  readonly #server: Server
  #tell: (text: string) => void = () => {}

  private constructor(server: Server, files: ReadonlyMap<string, string>) {
    this.#server = server
    this.origin = `http://localhost:${(server.address() as AddressInfo).port}`
    server.on('request', (request, response) => void this.#respond(files, request, response))
  }

  /** Throws `Unavailable` if there is no bundler. */
  static async open(): Promise<PageSite> {
    const files = new Map([['page.html', PAGE], ...(await bundle())])
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new PageSite(server, files)
  }

  /** What the next page posts. One page at a time: the suite never measures two entries at once. */
  async answer(): Promise<Sample> {
    const text = await new Promise<string>((resolve) => void (this.#tell = resolve))
    const { failure }: { failure?: string } = JSON.parse(text)
    if (failure !== undefined) throw new Error(failure)
    return parseNumbers(text, 'the page')
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  async #respond(
    files: ReadonlyMap<string, string>,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const name = new URL(request.url ?? '/', this.origin).pathname.slice(1)
    if (name === 'answer') {
      let text = ''
      for await (const part of request.setEncoding('utf8')) text += part
      response.end()
      this.#tell(text)
      return
    }
    const type = name.endsWith('.html') ? 'text/html' : 'text/javascript'
    const found = files.get(name)
    if (found === undefined) response.writeHead(404).end()
    else response.writeHead(200, { ...HEADERS, 'Content-Type': type }).end(found)
  }
}

/** File names with their texts, built as docs/guide/bundlers.md says. */
async function bundle(): Promise<[string, string][]> {
  const { build } = await import('esbuild').catch((error: unknown) => {
    throw new Unavailable('esbuild, which bundles the page, is not installed', { cause: error })
  })
  const path = (name: string) => fileURLToPath(new URL(`./${name}`, import.meta.url))
  const { outputFiles } = await build({
    entryPoints: [path('page.js'), path('page.worker.js')],
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    outdir: path('bundle'),
    write: false,
  })
  return outputFiles.map((file) => [basename(file.path), file.text])
}
