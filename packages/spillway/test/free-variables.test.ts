import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { analyseSource, explainFreeName, SourceError } from '../src/kernels/free-variables.ts'

function free(text: string): string[] {
  return analyseSource(text).free
}

/** The last column says why; each row is one rule of the language. */
const freeNames: readonly (readonly [text: string, free: string, why: string])[] = [
  ['() => a + b + a', 'a b', 'order of first use, no duplicates'],
  ['(i, { x }) => { x[i] *= 2 }', '', 'parameters'],
  ['() => Math.sqrt(undefined)', 'Math undefined', 'globals are for the caller to judge'],
  ['() => { y = 3 }', 'y', 'assignment to an undeclared name'],
  ['() => { n++; --m; o **= 2; p ??= 1 }', 'n m o p', 'update and compound assignment'],
  ['() => typeof q', 'q', 'typeof is a use'],
  ['() => `${a}-${`${b}`}`', 'a b', 'template literals'],
  ['() => tag`x${a}`', 'tag a', 'tagged templates'],
  ['(o) => o?.p?.[k]?.(v)', 'k v', 'optional chaining'],
  ['(o) => o.a.b[c].d', 'c', 'property names are no uses'],
  ['() => /x/.test(s)', 's', 'regular expressions'],
  ['() => new Thing(...rest)', 'Thing rest', 'new and spread'],

  ['(a = x, b = a) => a + b', 'x', 'defaults see earlier parameters'],
  ['(a = b, b = 1) => a', '', 'and later ones, in their dead zone'],
  ['(a = x) => { var x = 1; return a + x }', 'x', 'defaults do not see the body'],
  ['(a = () => x) => { let x = 1; return a() + x }', 'x', 'nor do functions in them'],
  ['({ a, b: { c }, d: [e, ...f], ...g }) => a + c + e + f + g', '', 'patterns'],
  ['({ b: c }) => b + c', 'b', 'the key of a pattern is no name'],
  ['({ a = x, b: { c = y } = z }) => a + c', 'x y z', 'defaults in patterns'],
  ['({ [k]: v }) => v', 'k', 'computed keys in patterns'],
  ['([a = a0, , b]) => a + b', 'a0', 'holes and defaults in array patterns'],
  ['(...[a, b]) => a + b', '', 'a rest parameter is a pattern'],
  ['(o) => { ({ a: o.b, c = d, ...e } = o); [f, o[g]] = o }', 'c d e f g', 'assignment patterns'],
  ['(o) => { ({ p } = o) }', 'p', 'shorthand assignment'],
  ['() => { const { a, b: { c = a } } = s; return c }', 's', 'declared patterns'],

  ['() => ({ a, b: c, [d]: e, f() { return f }, "g": 1 })', 'a c d e f', 'object literals'],
  ['() => ({ get p() { return q }, set p(v) { r = v } })', 'q r', 'accessors'],
  ['() => ({ ...s, async *m(x) { yield x; await t } })', 's t', 'spread and methods'],

  ['function f() { return f() }', '', 'a function expression knows its name'],
  ['function f(f) { return f }', '', 'a parameter may shadow it'],
  ['() => { const h = function g() { return g }; return g }', 'g', 'but only inside itself'],
  ['() => { return g; function g() { return v } }', 'v', 'function declarations are hoisted'],
  ['() => { { function g() {} } return g }', 'g', 'in strict code to their block only'],
  ['() => { return v; var v }', '', 'var is hoisted'],
  ['() => { if (1) { for (;;) { try {} finally { var v } } } return v }', '', 'out of blocks'],
  ['() => { () => { var v }; function f() { var w } return v + w }', 'v w', 'not of functions'],
  ['() => { for (var v of []); for (var w in {}); for (var u = 0;;) return v + w + u }', '', 'var'],
  ['() => { var { a, b: [c] } = {}; return a + c }', '', 'var patterns'],
  ['() => { { let u; const c = u; class D {} } return [u, c, D] }', 'u c D', 'block scopes'],
  ['() => { x; { let x = 1 } }', 'x', 'a block does not leak'],
  ['() => { const x = x + 1 }', '', 'the same name in its own dead zone is the inner one'],
  ['() => { { x; let x } }', '', 'also before its declaration'],
  ['(x) => { using r = x; return r }', '', 'using declarations'],
  ['async (x) => { await using r = x; return r }', '', 'await using declarations'],

  ['() => { for (let i = 0; i < n; i++) i; return i }', 'n i', 'for scopes'],
  ['() => { for (const x of x) x }', '', 'what is iterated stands in the dead zone'],
  ['() => { for (const x of xs) x; return x }', 'xs x', 'for-of'],
  ['() => { for (k in o) k; for (o.p of q); }', 'k o q', 'loops over existing names'],
  ['() => { for (const [a, b = c] of d) a + b }', 'c d', 'for-of patterns'],
  ['async () => { for await (const x of s) x }', 's', 'for-await'],
  ['() => { switch (k) { case 1: let k; case m: k } }', 'k m', 'the discriminant is outside'],
  ['() => { switch (1) { case 1: let k; default: k } return k }', 'k', 'switch scope'],
  ['() => { try { a } catch (e) { e } finally { e } }', 'a e', 'catch parameter'],
  ['() => { try {} catch ({ m, n = o }) { m + n } return m }', 'o m', 'catch pattern'],
  ['() => { try {} catch { e } }', 'e', 'catch without parameter'],
  ['() => { try {} catch (e) { var e = 1 } return e }', '', 'var in catch reaches the function'],
  ['(o) => { x: for (;;) { if (o) break x; continue x } }', '', 'labels'],
  ['(o) => { x: for (;;) { x; break x } }', 'x', 'a label declares nothing'],

  ['() => class A extends B { m() { return A } }', 'B', 'a class expression knows its name'],
  ['() => { (class A {}); return A }', 'A', 'but only inside itself'],
  ['() => class A extends A {}', '', 'its own name in the heritage'],
  [
    '() => class { [k] = v; static [w]() {} x = y; "z" = 1 }',
    'k v w y',
    'fields and computed keys',
  ],
  [
    '() => class { #p = q; static #s() {} m(o) { return #p in o && o.#s() } }',
    'q',
    'private names',
  ],
  ['() => class { #p; m() { return class { n(o) { return o.#p } } } }', '', 'of outer classes too'],
  ['() => class { static { var v = w; v; } m() { return v } }', 'w v', 'static blocks keep var'],
  ['() => { return new A(); class A { a = b } }', 'b', 'class declarations'],

  ['function () { return arguments.length }', '', 'arguments is no free name'],
  ['() => arguments', '', 'nor in an arrow function'],
  ['() => function () { return arguments }', '', 'nor in an inner one'],
  ['() => import.meta.url + import(name)', 'name', 'import.meta'],
  ['(x) => { const f = (y) => x + y + z; return f }', 'z', 'closures'],
  ['async (x) => await x + (await import(m)).default', 'm', 'await'],
  ['function* (x) { yield* x; yield v }', 'v', 'yield'],
]

describe('free names', () => {
  for (const [text, expected, why] of freeNames) {
    test(`${why}: ${text}`, () => {
      assert.equal(free(text).join(' '), expected)
    })
  }
})

// The report must agree with the engine: bind exactly the free names, and nothing may be missing.
describe('the expression compiles where only its free names exist', () => {
  for (const [text] of freeNames) {
    if (text.includes('import.meta') || text.includes('using ')) continue // no module, Node 20
    test(text, () => {
      const report = analyseSource(text)
      const names = report.free.filter((name) => name !== 'undefined')
      // oxlint-disable-next-line typescript/no-implied-eval
      const make = new Function(...names, `"use strict"; return (${report.expression})`)
      assert.equal(typeof make(), 'function')
    })
  }

  test('and runs to the same value', () => {
    const outside = 20
    const methods = {
      plain(i: number, { x = 1 }: { x?: number }) {
        return i + x + Math.max(0, outside)
      },
    }
    const { expression, free: names } = analyseSource(methods.plain.toString())
    assert.deepEqual(names, ['Math', 'outside'])
    // oxlint-disable-next-line typescript/no-implied-eval
    const copy = new Function('outside', `"use strict"; return (${expression})`)(outside)
    assert.equal(copy(1, { x: 2 }), methods.plain(1, { x: 2 }))
  })
})

describe('the function as an expression', () => {
  const expressions: readonly (readonly [text: string, expression: string])[] = [
    ['(i) => i', '(i) => i'],
    ['async i => i', 'async i => i'],
    ['function (i) { return i }', 'function (i) { return i }'],
    ['function named(i) { return named }', 'function named(i) { return named }'],
    ['  function* g(i) {}\n', 'function* g(i) {}'],
    ['f(i) {}', 'function f(i) {}'],
    ['async f(i) {}', 'async function f(i) {}'],
    ['*f(i) {}', 'function* f(i) {}'],
    ['async *f(i) {}', 'async function* f(i) {}'],
    ['f /* a */ ( i ) { /* b */ }', 'function f( i ) { /* b */ }'],
    ['f(i) { return f(i) }', 'function (i) { return f(i) }'],
    ['f(i) { const f = i; return f }', 'function f(i) { const f = i; return f }'],
    ["'quoted name'(i) {}", 'function (i) {}'],
    ['[Symbol.iterator](i) {}', 'function (i) {}'],
    ['12(i) {}', 'function (i) {}'],
    ['delete(i) {}', 'function (i) {}'],
    ['eval(i) {}', 'function (i) {}'],
    ['*yield(i) {}', 'function* (i) {}'],
    ['async await(i) {}', 'async function (i) {}'],
    ['get(i) {}', 'function get(i) {}'],
    ['set(i) {}', 'function set(i) {}'],
    ['async(i) {}', 'function async(i) {}'],
    ['constructor(i) {}', 'function constructor(i) {}'],
    ['static(i) {}', 'function (i) {}'],
    ['#step(i) {}', 'function step(i) {}'],
    ['async *#step(i) {}', 'async function* step(i) {}'],
  ]
  for (const [text, expression] of expressions) {
    test(text, () => {
      const report = analyseSource(text)
      assert.equal(report.expression, expression)
      assert.equal(analyseSource(report.expression).expression, expression, 'and again')
    })
  }

  test('what Function.prototype.toString gives', () => {
    class Holder {
      static make = (i: number) => i
      static step(i: number) {
        return i
      }
      run(i: number) {
        return i
      }
    }
    for (const f of [Holder.make, Holder.step, new Holder().run, free, () => {}, async () => {}]) {
      assert.doesNotThrow(() => analyseSource(f.toString()))
    }
    assert.match(analyseSource(Holder.step.toString()).expression, /^function step\(i\) \{/)
  })

  test('kind and parameters', () => {
    const rows: readonly (readonly [string, string, number])[] = [
      ['() => 1', 'arrow', 0],
      ['async (a, b) => 1', 'arrow async', 2],
      ['function (a, b = 1, ...c) {}', '', 3],
      ['async function* (a) {}', 'async generator', 1],
      ['async *m({ a }, [b]) {}', 'async generator', 2],
    ]
    for (const [text, kinds, parameters] of rows) {
      const { isArrow, isAsync, isGenerator, ...report } = analyseSource(text)
      const found = [isArrow && 'arrow', isAsync && 'async', isGenerator && 'generator']
      assert.equal(found.filter(Boolean).join(' '), kinds, text)
      assert.equal(report.parameters, parameters, text)
    }
  })
})

describe('what the function itself uses', () => {
  const rows: readonly (readonly [text: string, uses: string])[] = [
    ['() => 1', ''],
    ['() => this', 'This'],
    ['() => () => this', 'This'],
    ['function () { return [this, arguments, new.target] }', 'This Arguments NewTarget'],
    ['() => [arguments, new.target]', 'Arguments NewTarget'],
    ['() => function () { return [this, arguments, new.target] }', ''],
    ['() => ({ m() { return this }, get p() { return super.x } })', ''],
    ['() => ({ [this.k]: 1 })', 'This'],
    ['() => class { x = this; static y = this; m() { return super.m() } static { this } }', ''],
    ['() => class extends this.B {}', 'This'],
    ['() => class { [this.k]() {} }', 'This'],
    ['(a = this) => a', 'This'],
    ['() => super.x', 'Super'],
    ['m() { return super.m() + this.x }', 'This Super'],
    ['() => import.meta.url', 'ImportMeta'],
    ['() => function () { return import.meta }', 'ImportMeta'],
    ['async () => (await import("x")).y', 'DynamicImport'],
    ['() => function () { return import("x") }', 'DynamicImport'],
  ]
  for (const [text, expected] of rows) {
    test(`${expected || 'nothing'}: ${text}`, () => {
      const report = analyseSource(text)
      const uses = Object.entries(report)
        .filter(([key, value]) => key.startsWith('uses') && value === true)
        .map(([key]) => key.slice('uses'.length))
      assert.equal(uses.join(' '), expected)
    })
  }
})

describe('fields of the last parameter', () => {
  const rows: readonly (readonly [text: string, required: string | null, optional?: string])[] = [
    ['() => 1', null],
    ['(i) => i', null],
    ['({ x }, i) => x', null],
    ['(i, args) => args.x', null],
    ['(i, { x, y: z }) => x', 'x y', ''],
    ['(i, { x = 1, y: z = 2, w }) => x', 'w', 'x y'],
    ['(i, { p: { x, y }, q: [a] }) => x', 'p q', ''],
    ["(i, { 'a b': x, 3: y }) => x", 'a b 3', ''],
    ['(i, {}) => 1', '', ''],
    ['(i, { x, ...others }) => x', null],
    ['(i, { [k]: x }) => x', null],
    ['(i, { x, y = 1 } = {}) => x', '', 'x y'],
    ['(i, ...[{ x }]) => x', null],
  ]
  for (const [text, required, optional] of rows) {
    test(text, () => {
      const { argumentFields } = analyseSource(text)
      if (required === null) return assert.equal(argumentFields, null)
      assert.equal(argumentFields?.required.join(' '), required)
      assert.equal(argumentFields?.optional.join(' '), optional)
    })
  }
})

describe('refused texts', () => {
  class Holder {
    get size() {
      return 1
    }
  }
  const getter = Object.getOwnPropertyDescriptor(Holder.prototype, 'size')?.get ?? free
  const rows: readonly (readonly [text: string, message: RegExp])[] = [
    [Math.max.toString(), /native or bound/],
    [free.bind(null).toString(), /native or bound/],
    [new Proxy(free, {}).toString(), /native or bound/],
    [getter.toString(), /getter or setter/],
    ['set p(v) {}', /getter or setter/],
    ['get #p() {}', /getter or setter/],
    ['class A {}', /class/],
    ['class extends B { m() {} }', /class/],
    ['(o) => o.#secret', /#secret is private/],
    ['(o) => #secret in o', /#secret is private/],
    ['() => class { m(o) { return o.#secret } }', /#secret is private/],
    ['', /not a function/],
    ['1 + 1', /not a function/],
    ['a: 1', /not a function/],
    ['...a', /not a function/],
    ['(i) => i, (j) => j', /not a function/],
    ['f() {}, g() {}', /more than one/],
    ['#f() {} #g() {}', /more than one/],
    ['(i) => i) }; function g() { return (1', /more than one/],
    ['(i) => {', /not strict JavaScript/],
    ['(i) => { const x: number = i }', /not strict JavaScript.*line 1, column 17/],
    ['(i) => {\n  return <div/>\n}', /line 2, column 10/],
    ['(i) => { delete i }', /Deleting local variable in strict mode/],
    ['m(i) { delete i }', /Deleting local variable in strict mode \(line 1, column 8\)/],
    ['(i) => { with (i) {} }', /'with' in strict mode/],
    ['(i) => 010', /not strict JavaScript/],
    ['(i) => await i', /not strict JavaScript/],
    ['('.repeat(1e5), /not strict JavaScript/],
  ]
  for (const [text, message] of rows) {
    test(text.slice(0, 60) || '(empty)', () => {
      assert.throws(
        () => analyseSource(text),
        (error) => error instanceof SourceError && message.test(error.message),
      )
    })
  }
})

describe('explainFreeName', () => {
  const tools: readonly (readonly [tool: RegExp, names: string])[] = [
    [/esbuild.*keepNames/, '__name'],
    [/istanbul/, 'cov_1a2b3c __cov_abc __coverage__'],
    [/Stryker/, 'stryMutAct_9fa48 stryCov_9fa48 stryNS_9fa48'],
    [/Vite/, '__vite_ssr_import_0__ __vitest_ssr_import_0__ __vi_import_0__ __vite__import'],
    [/Vite/, '__vite_ssr_dynamic_import__ __vitest_mocker__ __vite_ssr_exports__'],
    [
      /webpack/,
      '__webpack_require__ __WEBPACK_EXTERNAL_MODULE_x__ _math__WEBPACK_IMPORTED_MODULE_0__',
    ],
    [/Turbopack or Parcel/, '__turbopack_context__ parcelHelpers $parcel$interopDefault'],
    [
      /Babel or SWC/,
      '_typeof _classCallCheck _asyncToGenerator _toConsumableArray _slicedToArray2',
    ],
    [/Babel or SWC/, 'regeneratorRuntime _regeneratorRuntime _regenerator _interopRequireWildcard'],
    [/Babel or SWC/, '_class_call_check _object_spread _async_to_generator _ts_generator _type_of'],
    [
      /Babel or SWC/,
      '_objectSpread2 _defineProperty _createForOfIteratorHelper _interop_require_default',
    ],
    [
      /Babel or SWC/,
      '_classPrivateFieldGet _class_private_field_get _objectWithoutProperties _inherits',
    ],
    [/helper of TypeScript/, '__awaiter __generator __spreadArray __rest __assign __values __read'],
    [/helper of esbuild/, '__publicField __privateGet'],
    [/helper of esbuild/, '__objRest __pow __toESM __commonJS __privateAdd'],
    [/TypeScript writes an imported value in CommonJS/, 'math_js_1 node_fs_1'],
    [/esbuild writes an imported value in CommonJS/, 'import_math import_node_fs'],
    [/`this` of the code around/, '_this _this2'],
    [/only CommonJS modules/, 'require module exports __dirname __filename'],
    [
      /declared outside.*arguments record.*kernels module/,
      'x total _private $scope getValue _getValue',
    ],
    [
      /declared outside/,
      '_create _classes _isReady _objectId __custom _tools _using_db importer covered',
    ],
  ]
  for (const [tool, names] of tools) {
    for (const name of names.split(' ')) {
      test(name, () => {
        const text = explainFreeName(name)
        assert.match(text, tool)
        assert.ok(text.includes(`\`${name}\``), 'names it')
        assert.match(text, /kernels module/)
        assert.match(text, /\.$/)
      })
    }
  }

  test('__name is explained, yet reported', () => {
    assert.deepEqual(free('(i) => { const f = __name(() => i, "f"); return f() }'), ['__name'])
  })
})
