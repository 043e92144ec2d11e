import { defineConfig } from 'vitest/config';

// Only where the database is used: unit tests start without one.
const globalSetup = ['test/support/servers/global-setup.ts'];

// A message of our own client that a server refuses as invalid fails the test.
const setupFiles = ['test/support/servers/own-client-setup.ts'];

// Groups run one after another: tests that start servers and browsers get the machine for themselves.
// Thousands of cases of one property take their time on a busy machine; nothing rests on how long a test may take.
const together = { maxWorkers: 2, sequence: { groupOrder: 0 }, testTimeout: 30_000 };
const oneByOne = { maxWorkers: 1, sequence: { groupOrder: 1 } };

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.{ts,tsx}'], ...together } },
      { test: { name: 'contracts', globalSetup, setupFiles, include: ['test/contracts/**/*.test.ts'], ...together } },
      {
        test: {
          name: 'integration',
          globalSetup,
          setupFiles,
          include: ['test/integration/**/*.test.ts'],
          hookTimeout: 60_000,
          ...together,
        },
      },
      {
        test: {
          name: 'fuzz',
          globalSetup,
          setupFiles,
          include: ['test/fuzz/**/*.test.ts'],
          ...together,
          testTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'faults',
          globalSetup,
          setupFiles,
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
          setupFiles,
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          ...oneByOne,
        },
      },
    ],
  },
});
