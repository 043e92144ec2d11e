import { defineConfig } from 'vitest/config';

// Only where the database is used: unit tests start without one.
const globalSetup = ['test/support/global-setup.ts'];

// Groups run one after another: tests that start servers and browsers get the machine for themselves.
const together = { maxWorkers: 2, sequence: { groupOrder: 0 } };
const oneByOne = { maxWorkers: 1, sequence: { groupOrder: 1 } };

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.{ts,tsx}'], ...together } },
      { test: { name: 'contracts', globalSetup, include: ['test/contracts/**/*.test.ts'], ...together } },
      {
        test: {
          name: 'integration',
          globalSetup,
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          ...together,
        },
      },
      { test: { name: 'fuzz', globalSetup, include: ['test/fuzz/**/*.test.ts'], testTimeout: 600_000, ...together } },
      {
        test: {
          name: 'faults',
          globalSetup,
          include: ['test/faults/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 60_000,
          ...oneByOne,
        },
      },
      {
        test: {
          name: 'e2e',
          globalSetup,
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          ...oneByOne,
        },
      },
    ],
  },
});
