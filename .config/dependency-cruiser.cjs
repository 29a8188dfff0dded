/** Imports point downwards only (DESIGN, "Layers and folders"): a cycle or an upward import fails the check. */

/**
 * @param {string} layer
 * @param {string} path regular expression of the layer's files
 * @param {string} allowed regular expression of the repository's files it may import
 * @param {string} comment
 */
const layer = (name, path, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path },
  to: { path: '^(?:kernel|sdk|ui|wasm|examples|test)/', pathNot: allowed },
})

module.exports = {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'A cycle means two files are one, or one is two.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved',
      comment: 'Imports something that is not there.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^virtual:|^hearth-os$|\\?' },
    },
    layer('abi-imports-nothing', '^kernel/abi/', '^kernel/abi/', 'The boundary knows neither side.'),
    layer(
      'core-is-pure',
      '^kernel/core/',
      '^kernel/(?:core|abi)/',
      'The core takes everything outside as an argument.',
    ),
    layer(
      'drivers-know-core',
      '^kernel/drivers/',
      '^(?:kernel/(?:drivers|core|abi)|wasm)/',
      'Drivers implement what the core asks for.',
    ),
    layer('hosts-wire', '^kernel/hosts/', '^kernel/', 'Hosts put drivers and core together.'),
    layer(
      'sdk-knows-abi',
      '^sdk/',
      '^(?:sdk|kernel/abi)/|^kernel/hosts/[\\w-]+\\.ts$',
      'The SDK starts hosts by URL and imports only the boundary.',
    ),
    layer('ui-uses-sdk', '^ui/', '^(?:ui|sdk|kernel/abi)/', 'The panel is a client like any other.'),
    {
      name: 'core-has-no-runtime',
      comment: 'No Node and no browser library in the core: only what runs in any JavaScript runtime.',
      severity: 'error',
      from: { path: '^kernel/(?:core|abi)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'sdk-has-no-dependency',
      comment: 'At most 8 KB gzip: types come from the boundary, code is our own.',
      severity: 'error',
      from: { path: '^sdk/' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'core'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-test-code-in-product',
      comment: 'Nothing that ships imports from test/.',
      severity: 'error',
      from: { path: '^(?:kernel|sdk|ui|examples)/' },
      to: { path: '^test/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(?:dist|wasm/starter/train)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'test/tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['svelte', 'import', 'types', 'browser', 'default'],
      // Some packages have no `main`, only what bundlers read.
      mainFields: ['module', 'main'],
      extensions: ['.ts', '.svelte', '.js', '.mjs', '.d.ts'],
    },
  },
}
