import { writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { SerializedError, TestError } from 'vitest';
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';
import type { Results } from './results.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** Why a test is skipped whose file says so while it is read (`skipIf`); a running one says `skip('why')`. */
    skipReason?: string;
  }
}

type Failure = Results['errors'][number];

/** Writes what `results.ts` reads: vitest's own JSON knows neither why a test was skipped nor how often it was tried. */
export function resultsReporter(path: string): Reporter {
  return {
    async onTestRunEnd(modules, unhandled) {
      const results: Results = {
        tests: modules.flatMap((module) => [...module.children.allTests()].map(resultOf)),
        errors: [
          ...modules.flatMap(failuresOutsideTests),
          ...unhandled.map((error) => ({ where: 'unhandled error', reason: firstLine([error]) })),
        ],
      };
      await writeFile(path, JSON.stringify(results));
    },
  };
}

function resultOf(test: TestCase): Results['tests'][number] {
  const result = test.result();
  const common = {
    file: fileOf(test.module),
    title: test.fullName,
    retries: test.diagnostic()?.retryCount ?? 0,
  };
  switch (result.state) {
    case 'skipped':
      return { ...common, state: 'skipped', reason: result.note ?? test.meta().skipReason ?? '' };
    case 'pending':
      return { ...common, state: 'failed', reason: 'it never ended' };
    case 'failed':
    case 'passed':
      return { ...common, state: result.state, reason: firstLine(result.errors ?? []) };
  }
}

function failuresOutsideTests(module: TestModule): readonly Failure[] {
  const places: readonly (TestModule | TestSuite)[] = [module, ...module.children.allSuites()];
  const failures = places.flatMap((place) =>
    place.errors().map((error) => ({ where: fileOf(module), reason: firstLine([error]) })),
  );
  const unfinished = module.state() === 'pending' || module.state() === 'queued';
  return unfinished ? [...failures, { where: fileOf(module), reason: 'it was not run to its end' }] : failures;
}

function fileOf(module: TestModule): string {
  return relative(process.cwd(), module.moduleId);
}

function firstLine(errors: readonly (TestError | SerializedError)[]): string {
  const [first = ''] = (errors[0]?.message ?? '').split('\n');
  return first;
}
