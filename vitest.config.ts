import { defineConfig } from 'vitest/config'

// Whole-app tests build with real tools and boot real servers: two files at a time, with room to install once.
const SLOW = ['test/golden*.test.ts', 'test/oracle/*.test.ts']

export default defineConfig({
  test: {
    exclude: ['fixtures/**', '**/node_modules/**', 'dist/**', '.cache/**'],
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/**/*.test.ts', 'codemods/**/*.test.ts', 'templates/**/*.test.ts', 'src/**/*.test.ts'], exclude: ['fixtures/**', '**/node_modules/**', '.cache/**', ...SLOW], pool: 'forks', testTimeout: 120_000, hookTimeout: 300_000 },
      },
      {
        extends: true,
        test: { name: 'whole-app', include: SLOW, pool: 'forks', maxWorkers: 2, testTimeout: 600_000, hookTimeout: 900_000, sequence: { groupOrder: 1 } },
      },
    ],
  },
})
