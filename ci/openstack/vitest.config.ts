import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { resultsReporter } from '../results-reporter.ts';

/** Tests against real clouds; `ci/openstack/lane` brings them up. Where CI wants the results, for `ci/results.ts`: */
const json = process.env.GIVRE_TEST_JSON;
/** As in the main configuration. */
const retry = process.env.CI ? 1 : 0;
const exclude = ['**/node_modules/**', '**/target/**'];

export default defineConfig({
  root: resolve(import.meta.dirname, '../..'),
  test: {
    pool: 'forks',
    reporters: json ? ['default', resultsReporter(json)] : ['default'],
    projects: [
      {
        test: {
          name: 'fake',
          include: ['ci/openstack/**/*.cloud.test.ts', 'harness/**/*.cloud.test.ts'],
          exclude,
          retry,
          // Some tests use a quota up, and some measure: one file at a time.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'lxc',
          include: ['ci/openstack/**/*.lxc.test.ts', 'harness/**/*.lxc.test.ts'],
          exclude,
          retry,
          // Images and the bundle are for what gets installed on servers.
          globalSetup: ['ci/test-images.ts'],
          // The cloud carries three servers: one file at a time may have them.
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 600_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'network',
          include: ['harness/**/*.network.test.ts'],
          exclude,
          retry,
          testTimeout: 600_000,
          hookTimeout: 600_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
