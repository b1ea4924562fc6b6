// What to say about a name that an inline function uses and a worker does not have. Most such names are
// plain variables. The others are helpers that a tool wrote into the function's text behind its author's
// back: the message must name the tool, as the author will look for the name in vain.

const REMEDY = 'Pass its value in the arguments record, or move the function into a kernels module.'

/** Helpers are part of a module, so there the function finds them. */
const HELPER_REMEDY =
  'Move the function into a kernels module, whose workers load its helpers with it'

interface InjectedName {
  pattern: RegExp
  /** Follows "`name` is ". */
  what: string
  /** Another way out than a kernels module, if the tool has one. */
  instead?: string
}

const OLD_TARGET = 'compile for ES2022 or later'

// Babel's helpers, which SWC writes in snake case: `_classCallCheck`, `_class_call_check`.
const BABEL_HELPERS = new RegExp(
  `^_(${[
    'typeof|type_of|extends|inherits|own_?keys|callSuper|call_super|tdz|dispose|jsx',
    'class_?(call|private|static|apply|extract|name)_?\\w+|check_?(private|in)_?\\w+',
    'create_?(class|super|for_?of)\\w*|define_?(property|properties|enumerable)\\w*',
    '(get|set)_?prototype_?of|super_?prop\\w+|possible_?constructor\\w+|assert_?(this|class)_?\\w+',
    'is_?native_?\\w+|(wrap|construct|apply)_?(native|reg|async|dec)\\w*|construct|initializer_?\\w+',
    'object_?(spread|without|destructuring)\\w*|(non_?iterable|unsupported_?iterable|iterable)_?\\w+',
    'to_?(consumable_?array|array|primitive|property_?key)|sliced_?to_?array\\w*|maybe_?array_?like',
    'array_?(with|without|like)_?\\w+|async_?(to|generator|iterator)\\w*|await_?(async|value)\\w*',
    'overload_?yield|regenerator\\w*|tagged_?template\\w*|interop_?require\\w*|ts_(decorate|generator|\\w+)',
    '(read|write)_?only_?error|new_?arrow_?check|skip_?first_?generator\\w*|using_?ctx|instanceof',
  ].join('|')})\\d*$|^(_?regeneratorRuntime|babelHelpers|_?swcHelpers)$`,
  'i',
)

// The first pattern that matches wins.
const INJECTED: readonly InjectedName[] = [
  {
    pattern: /^__name$/,
    what: 'a helper of esbuild (and tsx), which keeps the names of functions',
    instead: 'turn off keepNames',
  },
  {
    pattern: /^(__)?cov_\w+$|^__coverage__$|^_\$jscoverage$/,
    what: 'a coverage counter of istanbul (c8 and node --experimental-test-coverage need none)',
    instead: 'exclude its file from coverage, or put /* istanbul ignore next */ before it',
  },
  {
    pattern: /^stry(Mut|Cov|NS)\w*$/,
    what: 'a switch of the Stryker mutation tester',
    instead: 'exclude its file from mutation',
  },
  {
    pattern: /^__vi(te|test)?_(ssr_)?(import|export|dynamic_import)\w*$/,
    what: 'how Vite and Vitest write an imported value',
  },
  { pattern: /^__(vite|vitest|vi)_\w+$/, what: 'a helper of Vite or Vitest' },
  {
    pattern: /^__webpack_\w+$|^__WEBPACK_\w+$|^_?_?rspack_\w+$|^\w+__WEBPACK_\w+$/,
    what: 'how webpack or Rspack writes an imported value',
  },
  {
    pattern: /^__turbopack_\w+$|^__TURBOPACK_\w+$|^\$?parcel\$\w+$|^parcelHelpers$/,
    what: 'a helper of the bundler (Turbopack or Parcel)',
  },
  { pattern: /^\$Refresh(Reg|Sig)\$$|^_jsxs?$|^_?jsxDEV$/, what: 'a helper of the JSX transform' },
  { pattern: /^import_\w+$/, what: 'how esbuild writes an imported value in CommonJS' },
  { pattern: /^\w+_\d+$/, what: 'how TypeScript writes an imported value in CommonJS' },
  {
    pattern: /^_this\d*$/,
    what: '`this` of the code around the function, kept by a compiler that lowers arrow functions',
    instead: OLD_TARGET,
  },
  {
    pattern:
      /^__(awaiter|generator|values|read|spread\w*|rest|assign|extends|decorate|param|metadata|await|async\w*|makeTemplateObject|import\w+|classPrivateField\w+|addDisposableResource|disposeResources|runInitializers|esDecorate|propKey|setFunctionName|exportStar|createBinding|rewriteRelativeImportExtension)$|^tslib\w*$/,
    what: 'a helper of TypeScript for an old compile target',
    instead: OLD_TARGET,
  },
  {
    pattern:
      /^__(defProp\w*|getOwn\w+|hasOwnProp|propIsEnum|publicField|private\w+|accessCheck|obj\w+|export|toESM|toCommonJS|copyProps|commonJS\w*|esm\w*|require|using|callDispose|pow|for\w+|yieldStar|template|decorate\w+|super\w*|typeError|knownSymbol|create)$/,
    what: 'a helper of esbuild for an old compile target or another module format',
    instead: OLD_TARGET,
  },
  {
    pattern: BABEL_HELPERS,
    what: 'a helper of Babel or SWC for an old compile target',
    instead: OLD_TARGET,
  },
  {
    pattern: /^(require|module|exports|__dirname|__filename)$/,
    what: 'a name that only CommonJS modules have',
  },
]

/**
 * One or two sentences for an error message: what the free name is, and what to do about it.
 *
 * `__name` is explained like the other helpers; a caller that gives workers a no-op of that name has no
 * need to ask.
 */
export function explainFreeName(name: string): string {
  const injected = INJECTED.find(({ pattern }) => pattern.test(name))
  if (injected === undefined) return `\`${name}\` is declared outside the function. ${REMEDY}`
  const { what, instead } = injected
  return `\`${name}\` is ${what}. ${HELPER_REMEDY}${instead ? `, or ${instead}` : ''}.`
}
