import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Scenario } from '../api/index.ts';
import { usageError } from '../core/errors.ts';
import { partsOf } from '../core/lists.ts';
import { suggestion } from '../core/near-miss.ts';
import { repositoryRoot } from '../core/paths.ts';

const FOLDER = join(repositoryRoot, 'scenarios');

/** Names of all scenarios: one file in `scenarios/` each. */
async function scenarioNames(): Promise<readonly string[]> {
  const files = await readdir(FOLDER);
  return files.filter((file) => /^[a-z0-9-]+\.ts$/.test(file)).map((file) => file.slice(0, -'.ts'.length));
}

/**
 * The scenarios of a comma-separated list, in its order.
 *
 * @throws GivreError `E_SCENARIO` when there is none of a name.
 */
export async function loadScenarios(text: string): Promise<readonly Scenario[]> {
  return await Promise.all([...new Set(partsOf(text, '--scenario'))].map(loadScenario));
}

async function loadScenario(name: string): Promise<Scenario> {
  const names = await scenarioNames();
  if (!names.includes(name)) {
    throw usageError('E_SCENARIO', `unknown scenario "${name}"`, suggestion(name, names));
  }
  const module: { scenario: Scenario } = await import(pathToFileURL(join(FOLDER, `${name}.ts`)).href);
  return module.scenario;
}
