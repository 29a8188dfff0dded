/** What the linter holds the code to: typescript-eslint's strictest sets, less what contradicts the house style. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import js from '@eslint/js'
import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import ts from 'typescript-eslint'
import { readAsCode } from './svelte-program.js'

const root = fileURLToPath(new URL('..', import.meta.url))

const svelteParser = svelte.configs.recommended.find(({ name }) => name === 'svelte:base:setup-for-svelte')
  .languageOptions.parser
const svelteOptions = { parser: ts.parser, svelteFeatures: { experimentalGenerics: true } }
// Only for the whole: it takes some seconds, and an editor's components change.
if (process.argv.includes('.')) {
  readAsCode(join(root, 'ui'), svelteParser, { ...svelteOptions, ecmaVersion: 'latest', sourceType: 'module' })
}

export default ts.config(
  {
    ignores: [
      '**/node_modules/',
      'dist/',
      '**/dist/',
      'test-results/',
      'coverage/',
      '**/*.d.mts',
      'wasm/starter/train/',
      // AssemblyScript: TypeScript's grammar with other types, which its own compiler checks.
      'wasm/{vectors,sentences}/assembly/',
      'wasm/shared/',
    ],
  },
  js.configs.recommended,
  ts.configs.strictTypeChecked,
  ts.configs.stylisticTypeChecked,
  svelte.configs.recommended,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['vite.config.ts'] },
        tsconfigRootDir: root,
        extraFileExtensions: ['.svelte'],
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'prefer-const': 'error',
      'object-shorthand': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // `void promise` is how this code says that it does not wait.
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidOperator: true },
      ],
      // Numbers and booleans read well in a message as they are.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // Both shapes of a type are used for what each says best: an interface for what is implemented, a type for data.
      '@typescript-eslint/consistent-type-definitions': 'off',
      // A driver may have nothing to wait for and still owe its interface a promise.
      '@typescript-eslint/require-await': 'off',
      // `while (true)` with a return inside is a loop whose end is in its middle.
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // An abort signal's reason is `any` by its type and an error by this code's discipline.
      '@typescript-eslint/prefer-promise-reject-errors': [
        'error',
        { allowThrowingAny: true, allowThrowingUnknown: true },
      ],
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingAny: true, allowThrowingUnknown: true }],
      // Type parameters that occur once still tie a caller's literal to a result.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/unbound-method': ['error', { ignoreStatic: true }],
      '@typescript-eslint/no-empty-function': ['error', { allow: ['arrowFunctions'] }],
      // tsconfig's noPropertyAccessFromIndexSignature asks for the bracket.
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      globals: globals.browser,
      parserOptions: svelteOptions,
    },
    rules: {
      // A component's props are `let` because runes assign them.
      'prefer-const': 'off',
      'svelte/prefer-const': 'error',
      // No router with a base path: addresses are fragments.
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
  {
    // A test may force what types forbid, and asserts on what may be missing.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      'no-console': 'off',
    },
  },
  {
    // Plain scripts, checked by JSDoc types where they have any.
    files: ['**/*.{js,mjs,cjs}'],
    ...ts.configs.disableTypeChecked,
    languageOptions: { globals: globals.node, parserOptions: { projectService: false } },
    rules: {
      ...ts.configs.disableTypeChecked.rules,
      'no-console': 'off',
      '@typescript-eslint/no-require-imports': 'off',
    },
  },
  {
    // Functions given to `evaluate` run in the page, where page.ts has put these.
    files: ['test/bench/**/*.mjs'],
    languageOptions: { globals: { bench: 'readonly', schedulerBench: 'readonly' } },
  },
)
