/** The element of the page with an id. The page is static: one that is missing, or of another kind, is a mistake in it. */
export function element<E extends HTMLElement>(id: string, kind: new () => E): E {
  const found = document.getElementById(id)
  if (found instanceof kind) return found
  throw new TypeError(`the page has no ${kind.name} with id "${id}"`)
}
