// The borders of the house. What a folder may import is listed here and nowhere else.
import tseslint from 'typescript-eslint'

const edges = ['fs', 'fs/promises', 'child_process', 'os', 'net', 'http', 'https', 'tty', 'readline', 'worker_threads']
const noEdges = {
  paths: [...edges.flatMap((name) => [name, `node:${name}`]), 'process', 'node:process', 'fs-extra'].map((name) => ({
    name,
    message: 'Only src/io touches the world. Put the call there and pass its result in.',
  })),
}
/** `no-restricted-imports` for a folder: never the edges, nor these. */
const imports = (...patterns) => ['error', { ...noEdges, patterns: patterns.map(([group, message]) => ({ group: [group].flat(), message })) }]
const io = [['**/src/io/**', '**/io/*.js'], 'This folder is pure: it is given data and returns data.']

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', '**/fixtures/**', '.cache/**', 'coverage/**'] },
  {
    files: ['**/*.{ts,js,mjs}'],
    languageOptions: { parser: tseslint.parser, sourceType: 'module' },
    plugins: { ts: tseslint.plugin },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'ts/no-explicit-any': 'error',
      'ts/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      'ts/no-non-null-assertion': 'error',
      'ts/ban-ts-comment': 'error',
      'ts/no-require-imports': 'error',
      eqeqeq: 'error',
      'prefer-const': 'error',
      'no-var': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Name what you export.' },
        { selector: 'TSEnumDeclaration', message: 'Use a union of string literals.' },
        { selector: 'ClassDeclaration:not([superClass.name=/Error$/])', message: 'Data and functions; classes are for errors.' },
      ],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    },
  },
  // Everything is pure…
  {
    files: ['src/**', 'codemods/**', 'templates/**'],
    rules: {
      'no-restricted-imports': imports(),
      'no-restricted-globals': ['error', ...['process', '__dirname', 'fetch'].map((name) => ({ name, message: 'Only src/io touches the world.' }))],
      'no-restricted-properties': ['error', { object: 'globalThis', property: 'process', message: 'Only src/io touches the world.' }],
    },
  },
  {
    files: ['codemods/**'],
    rules: {
      'no-restricted-imports': imports(io, ['**/templates/**', 'A rule names a capability or a need, never a platform.'], [['**/src/cli/**', '**/src/report/**', '**/src/verify/**', '**/src/frameworks/**'], 'A rule reads the program and the repo only.']),
    },
  },
  {
    files: ['templates/**'],
    rules: { 'no-restricted-imports': imports(['**/codemods/**', 'A target knows needs, never rules.']) },
  },
  {
    files: ['src/lang/**', 'src/frameworks/**', 'src/report/**', 'src/*.ts'],
    rules: { 'no-restricted-imports': imports(io, ['**/cli/**', 'Nothing below the CLI knows of it.']) },
  },
  // The pipeline holds both ends together: it reads and writes through the edge, and what lies between is pure.
  { files: ['src/migrate.ts'], rules: { 'no-restricted-imports': imports(['**/cli/**', 'Nothing below the CLI knows of it.']) } },
  // …but the edge itself, the tools for developing the project, and what isn't shipped.
  {
    files: ['src/io/**', 'src/dev/**', 'bin/**', 'test/**', '*.{js,mjs,ts}'],
    rules: { 'no-restricted-imports': 'off', 'no-restricted-globals': 'off', 'no-restricted-properties': 'off' },
  },
  // Tools load configuration by its default export; lists grow by a line each.
  { files: ['*.{js,mjs,ts}', '.ci/**'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['test/**'], rules: { 'ts/no-non-null-assertion': 'off', 'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }] } },
)
