import { defineConfig } from 'vite'

/** Without these a page has no shared memory. A static build gets them from its service worker, `public/isolation.js`. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

export default defineConfig({
  // The folder can be served from any path.
  base: './',
  server: { headers },
  preview: { headers },
  // The library loads the code of jobs when a program first uses one.
  worker: { format: 'es' },
  // The editor is most of it.
  build: { target: 'es2022', chunkSizeWarningLimit: 600 },
})
