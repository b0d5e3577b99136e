import type { Workload } from '../serving/workload.ts';

// Imports inside functions: a workload that is not the chosen one is not even read.
const byName: Readonly<Record<string, () => Promise<{ readonly workload: Workload }>>> = {
  alloc: () => import('./alloc.ts'),
  compress: () => import('./compress.ts'),
  echo: () => import('./echo.ts'),
  hash: () => import('./hash.ts'),
  json: () => import('./json.ts'),
  kv: () => import('./kv.ts'),
  pagerank: () => import('./pagerank.ts'),
  primes: () => import('./primes.ts'),
  sleep: () => import('./sleep.ts'),
  template: () => import('./template.ts'),
  thumbnail: () => import('./thumbnail.ts'),
};

/** @throws Error with the names of those that there are. */
export async function loadWorkload(name: string): Promise<Workload> {
  const load = Object.hasOwn(byName, name) ? byName[name] : undefined;
  if (load === undefined) {
    throw new Error(`WORKLOAD is "${name}"; set it to one of: ${Object.keys(byName).join(', ')}`);
  }
  return (await load()).workload;
}
