/**
 * Gets the page isolated, which shared memory needs. A server that sends the headers has done so already; on any other, a service
 * worker of ours adds them, and takes effect when the page is loaded once more.
 */
const TRIED = 'spillway-playground.isolation'

/** Reloads the page and never settles if that will help; else says why there is no isolation, or null where there is. */
export async function ensureIsolation(): Promise<string | null> {
  if (crossOriginIsolated) {
    sessionStorage.removeItem(TRIED)
    return null
  }
  if (!isSecureContext) return 'the page was not loaded over https (or from localhost)'
  if (!('serviceWorker' in navigator))
    return 'this browser, or this private window, has no service workers'
  try {
    const isControlled = await underControl()
    if (!isControlled) return 'the service worker that would add the headers did not start'
    // Once per tab: where a reload does not help, another one will not either.
    if (sessionStorage.getItem(TRIED) !== null)
      return 'the browser did not take the headers from a service worker'
    sessionStorage.setItem(TRIED, 'reloaded')
  } catch (error) {
    return `the service worker that would add the headers was refused: ${(error as Error).message}`
  }
  location.reload()
  return new Promise(() => {})
}

const PATIENCE_MS = 5000

/** Waits until a service worker answers for this page. */
async function underControl(): Promise<boolean> {
  const registration = await navigator.serviceWorker.register('./isolation.js')
  // A test tool may block registration by giving nothing.
  if (!(registration instanceof ServiceWorkerRegistration)) return false
  if (navigator.serviceWorker.controller !== null) return true
  return new Promise((resolve) => {
    navigator.serviceWorker.addEventListener('controllerchange', () => resolve(true), {
      once: true,
    })
    setTimeout(() => resolve(false), PATIENCE_MS)
  })
}
