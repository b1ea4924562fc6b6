import { Command, CommanderError } from 'commander'
import { analyzeCommand } from './analyze/command.ts'
import { simulateCommand } from './simulate/command.ts'
import { topologyCommand } from './topology/command.ts'
import { UsageError } from './usage-error.ts'

const exitCodes = { failed: 1, usage: 2 } as const

await run(process.argv.slice(2))

async function run(words: string[]): Promise<void> {
  // A reader that has seen enough (`| head`) closes the pipe; that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  try {
    const program = await buildProgram(words[0])
    if (words.length === 0) program.help({ error: true })
    await program.parseAsync(words, { from: 'user' })
  } catch (error) {
    process.exitCode = exitCodeOf(error)
  }
}

async function buildProgram(first: string | undefined): Promise<Command> {
  const program = new Command('spillway')
    .description('Measures and explains parallel loops: why they scale, or why not.')
    .exitOverride()
  add(program, analyzeCommand())
  // The suite and its rivals load only when they are asked for.
  if (first === 'bench') add(program, (await import('./bench/command.ts')).benchCommand())
  else program.command('bench').description('measure the library beside its rivals')
  add(program, simulateCommand())
  add(program, topologyCommand())
  return program
}

function add(program: Command, command: Command): void {
  program.addCommand(command.copyInheritedSettings(program))
}

function exitCodeOf(error: unknown): number {
  // Commander has printed its message by then; help and version are errors with code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage
  if (error instanceof UsageError) {
    process.stderr.write(`error: ${error.message}\n`)
    return exitCodes.usage
  }
  process.stderr.write(
    `spillway: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  )
  return exitCodes.failed
}
