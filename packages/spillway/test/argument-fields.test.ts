import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requiredFields } from '../src/kernels/argument-fields.ts'

const cases: [text: string, before: number, fields: string[]][] = [
  ['(i, { x, v, dt }) => { x[i] += v[i] * dt }', 1, ['x', 'v', 'dt']],
  ['(i,{x:a,y:b,k=2})=>{a[i]=b[i]*k}', 1, ['x', 'y']],
  ['function saxpy(start, end, { a, x, y }) { }', 2, ['a', 'x', 'y']],
  ['function (start, end, { a }) { }', 2, ['a']],
  ['body(i, { x }) { x[i] = 1 }', 1, ['x']],
  ['(acc, i, { v }) => acc + v[i]', 2, ['v']],
  ['(i, {}) => {}', 1, []],
  // Not the plain form: say nothing rather than something wrong.
  ['(i, args) => { args.x[i] = 1 }', 1, []],
  ['(i) => { const { x } = y }', 1, []],
  ['(i, { grid: { w, h } }) => {}', 1, []],
  ['(i, { x, ...rest }) => {}', 1, []],
  ['(i, { x /* the array */ }) => {}', 1, []],
  ['(i, j, { x }) => {}', 1, []],
  ['i => { f(i, { x }) }', 1, []],
  ['function each0() { [native code] }', 1, []],
]

for (const [text, before, fields] of cases) {
  test(`argument fields of ${text}`, () => assert.deepEqual(requiredFields(text, before), fields))
}
