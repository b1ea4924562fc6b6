import { Command, InvalidArgumentError } from 'commander'
import { checkOutputDirectory } from './output-directory.ts'

export interface AnalyzeOptions {
  quick: boolean
  out: string
  json: boolean
  workers?: number
}

export const defaultOut = 'analysis'

export function analyzeCommand(): Command {
  return new Command('analyze')
    .description(
      'find out why a parallel loop scales or does not on this machine: plots, verdicts, report',
    )
    .option('--quick', 'fewer samples and range lengths, about a minute', false)
    .option('--out <directory>', 'where the files go', defaultOut)
    .option('--json', 'print the results as JSON instead of tables', false)
    .option(
      '--workers <count>',
      'most workers to measure (default: the usable cores)',
      parseWorkers,
    )
    .addHelpText(
      'after',
      '\nWrites results.json, report.html and the plots as SVG and PNG.\n' +
        'Exit code: 0 done, 1 a verdict failed, 2 bad usage.',
    )
    .action(async (options: AnalyzeOptions) => {
      checkOutputDirectory(options.out)
      // Loading the library and its kernels waits until the command line is known to be good.
      const { analyze } = await import('./analyze.ts')
      process.exitCode = await analyze(options)
    })
}

function parseWorkers(text: string): number {
  const count = Number(text)
  if (!/^\d+$/.test(text) || count < 1 || count > 1024)
    throw new InvalidArgumentError('It must be an integer from 1 to 1024.')
  return count
}
