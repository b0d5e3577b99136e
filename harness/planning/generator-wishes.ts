import type { LoadScenario } from '../api/index.ts';
import { type GivreError, usageError } from '../core/errors.ts';
import type { Path } from '../runs/schema.ts';
import type { BenchOptions } from './options.ts';

/** Machines that do nothing but send load; 0: the machine under test does. */
export function generatorsOf(options: BenchOptions): number {
  return namedGenerators(options)?.length ?? options.load?.generators ?? 0;
}

/** Generators that are machines of the user's; undefined where none is named. */
export function namedGenerators({ target }: BenchOptions): readonly string[] | undefined {
  if (target.kind !== 'ssh' || target.generatorHosts?.length === 0) return undefined;
  return target.generatorHosts;
}

/**
 * Says at once what generators cannot do.
 *
 * @throws GivreError (usage) `E_GENERATORS`
 */
export function checkGenerators(options: BenchOptions, loading: readonly LoadScenario[], paths: readonly Path[]): void {
  const { load, target } = options;
  if (target.kind === 'openstack' && target.generatorFlavor !== undefined && load?.generators === undefined) {
    throw refusal(
      '--generator-flavor is of generators, and none were asked for',
      'add --generators N, or leave it out',
    );
  }
  if (target.kind === 'ssh' && load?.generators !== undefined) {
    throw refusal('with --target ssh each generator is named', '--generator-host user@address, once for each');
  }
  if (generatorsOf(options) === 0) return;
  const hosts = target.kind === 'ssh' ? [target.host, ...(target.generatorHosts ?? [])] : [];
  const twice = hosts.find((host, index) => hosts.indexOf(host) !== index);
  if (twice !== undefined) throw refusal(`${twice} is named twice`, 'each generator is a machine of its own');
  const alone = loading.find((it) => it.loadFromTargetOnly !== undefined);
  if (alone !== undefined) {
    const message = `generators of their own do not go with ${alone.name}: ${alone.loadFromTargetOnly}`;
    throw refusal(message, 'run it by itself');
  }
  const hidden = paths.find((it) => it !== 'gateway');
  if (hidden === undefined) return;
  throw refusal(
    `generators of their own do not reach the path ${hidden}, which exists on the machine under test only`,
    'measure by the gateway, or leave out the generators',
  );
}

function refusal(message: string, hint: string): GivreError {
  return usageError('E_GENERATORS', message, hint);
}
