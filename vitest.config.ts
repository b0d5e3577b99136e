import { defineConfig } from 'vitest/config';
import { resultsReporter } from './ci/results-reporter.ts';

/** Where CI wants the results, for `ci/results.ts`. */
const json = process.env.GIVRE_TEST_JSON;

export default defineConfig({
  test: {
    include: ['harness/**/*.test.ts', 'scenarios/**/*.test.ts', 'reports/**/*.test.ts', 'ci/**/*.test.ts'],
    globalSetup: ['ci/test-images.ts'],
    // What needs a cloud: ci/openstack/vitest.config.ts.
    exclude: ['**/node_modules/**', '**/target/**', '**/*.cloud.test.ts', '**/*.lxc.test.ts', '**/*.network.test.ts'],
    // Real containers, images and browsers: two at a time are what a machine with two cores carries.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 600_000,
    // A gate on a shared machine tries once more, and names the test at its end. Elsewhere nothing does.
    retry: process.env.CI ? 1 : 0,
    reporters: json ? ['default', resultsReporter(json)] : ['default'],
  },
});
