// Builds every package in dependency order. `--check` type-checks only; `--tests` also compiles the tests
// and examples, which run as JavaScript because Node 20 cannot load TypeScript in worker threads.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const check = process.argv.includes('--check')
const tests = process.argv.includes('--tests') || check

function run(script, ...args) {
  execFileSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' })
}

function compile(project) {
  if (!existsSync(new URL(`../${project}/tsconfig.json`, import.meta.url))) return
  run('node_modules/typescript/bin/tsc', '-p', project, ...(check ? ['--noEmit'] : []))
}

compile('packages/spillway')
if (!check) run('packages/spillway/tools/bundle.js')
// `spillway simulate` runs the scheduler as the models do, from its sources.
if (!check) compile('packages/spillway/sim')
compile('packages/lab')
if (tests) {
  for (const project of [
    'packages/spillway/test',
    'packages/lab/test',
    'apps/playground/test',
    'examples',
  ])
    compile(project)
}
// The page is checked here and built by its bundler, for its tests as for a server.
if (check) compile('apps/playground')
else if (tests) {
  run(
    'node_modules/vite/bin/vite.js',
    'build',
    'apps/playground',
    '--outDir',
    '.test-build/site',
    '--logLevel',
    'error',
  )
}
