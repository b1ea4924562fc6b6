// Answers the page's requests as the server does, with the headers that isolate a page (and with them, shared memory) added:
// for servers whose headers one cannot set. It keeps nothing and changes nothing else.
addEventListener('install', () => skipWaiting())

addEventListener('activate', (event) => event.waitUntil(clients.claim()))

addEventListener('fetch', (event) => {
  const { request } = event
  // Such a request may only be answered from the browser's cache; asking the network for it is an error.
  if (request.cache === 'only-if-cached' && request.mode !== 'same-origin') return
  if (new URL(request.url).origin !== location.origin) return
  event.respondWith(isolated(request))
})

async function isolated(request) {
  const response = await fetch(request)
  // Redirects and the like have neither status nor body that could be copied.
  if (response.status === 0) return response
  const headers = new Headers(response.headers)
  headers.set('Cross-Origin-Opener-Policy', 'same-origin')
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp')
  headers.set('Cross-Origin-Resource-Policy', 'same-origin')
  const { status, statusText } = response
  const isEmpty = status === 204 || status === 205 || status === 304
  return new Response(isEmpty ? null : response.body, { status, statusText, headers })
}
