/** Every model, in the order in which they are run. */
import type { AnyModel } from '../explore/model.ts'
import { jobs } from './job.ts'
import { jobLives } from './job-life.ts'
import { loops } from './loop.ts'
import { ranges } from './range.ts'
import { sleeps } from './sleep.ts'

export const models: readonly AnyModel[] = [...ranges, ...sleeps, ...loops, ...jobs, ...jobLives]

export function modelNamed(name: string): AnyModel {
  const found = models.find((model) => model.name === name)
  if (found === undefined) throw new Error(`no model "${name}"; there are: ${names().join('; ')}`)
  return found
}

function names(): string[] {
  return models.map((model) => model.name)
}
